import { createHash } from 'node:crypto'
import type { Sharing, SharingUpdate } from '../../shared/api.ts'
import { GalleyError, notFound } from '../../shared/errors.ts'
import { permit, roleOf } from './access.ts'
import { change, type Done, userActor } from './change.ts'
import { untitled } from './draft.ts'
import { headOf } from './edit.ts'
import type { Actor, Origin } from './ports.ts'
import type { Artifact, Grant } from './records.ts'
import type { Reads, Transaction } from './store-ports.ts'
import { touchedBy } from './touched.ts'
import type { World } from './world.ts'

/** Who may look, and which version they see. The owner's alone to say. */

/** @throws GalleyError not_found | forbidden | insufficient_scope */
export async function sharing(world: World, actor: Actor, id: string): Promise<{ sharing: Sharing; tag: string }> {
  const { artifact } = permit(actor, 'share', await world.store.reach(actor.orgId, id, actor.memberId))
  const grants = await world.store.grants(artifact.orgId, id)
  return { sharing: await sharingOf(world.store, artifact, grants), tag: tagOf(artifact, grants) }
}

/**
 * Puts all of it in place of what was. Whoever may not look any more is put out at once; a moved pin is followed by
 * every open viewer; saying again what is so already tells nobody.
 * @param tag of the sharing that this replaces, if it is to replace no other
 * @throws GalleyError not_found | forbidden | insufficient_scope | version_conflict · invalid_request: no such version
 */
export async function share(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  update: SharingUpdate,
  tag?: string,
): Promise<{ sharing: Sharing; tag: string }> {
  await change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
    const { artifact } = permit(actor, 'share', await tx.reach(actor.orgId, id, actor.memberId))
    const before = await tx.grants(artifact.orgId, id)
    if (tag !== undefined && tag !== '*' && tag !== tagOf(artifact, before)) {
      throw new GalleyError('version_conflict', 'This page was shared otherwise in the meantime. Look at it again.')
    }
    const grants = await grantsFrom(tx, artifact, update, before, at)
    const { audience, version } = update
    return reshare(tx, artifact, { audience, pinned: version === 'latest' ? null : version }, { before, grants }, at)
  })
  return sharing(world, actor, id)
}

interface Grants {
  before: readonly Grant[]
  grants: readonly Grant[]
}

/** Writes what differs, in a transaction that has checked who asks. */
export async function reshare(
  tx: Transaction,
  artifact: Artifact,
  to: Pick<Artifact, 'audience' | 'pinned'>,
  { before, grants }: Grants,
  at: number,
): Promise<Done<void>> {
  const lets = to.audience !== artifact.audience || !sameGrants(before, grants)
  if (!lets && to.pinned === artifact.pinned) return { result: undefined, record: [] }
  const shown = await shownBy(tx, artifact, to.pinned)
  const seen = shown.number !== (artifact.pinned ?? artifact.latest) || shown.title !== artifact.title
  if (lets) await tx.setGrants(artifact.orgId, artifact.id, grants)
  if (to.audience !== 'private') await tx.markShared(artifact.orgId, artifact.id, shown.number, at)
  await answerThoseLetIn(tx, { ...artifact, ...to })
  await tx.updateArtifact(artifact.orgId, artifact.id, {
    ...to,
    title: shown.title,
    sharedAt: shown.at,
    // Two announcements: whoever hears the second alone has missed one.
    rev: artifact.rev + (lets ? 2 : 1),
    viewerRev: artifact.viewerRev + (seen ? 1 : 0),
  })
  const place = { orgId: artifact.orgId, artifactId: artifact.id }
  return {
    result: undefined,
    record: [
      {
        ...place,
        type: 'claude_artifact_sharing_updated',
        versionId: shown.id,
        details: detailsOf(artifact, to, { before, grants }),
      },
    ],
    announce: [
      // First, so that whoever is taken out hears nothing of what else changes.
      ...(lets
        ? [{ kind: 'access-changed' as const, ...place, touched: touchedBy([artifact, to], [...before, ...grants]) }]
        : []),
      { kind: 'changed', head: await headOf(tx, artifact), seen },
    ],
  }
}

/** Who asked and may look now needs no answer any more. */
async function answerThoseLetIn(tx: Transaction, artifact: Artifact): Promise<void> {
  for (const request of await tx.accessRequests(artifact.orgId, artifact.id)) {
    const reach = await tx.reach(artifact.orgId, artifact.id, request.memberId)
    if (reach && roleOf({ orgId: artifact.orgId, memberId: request.memberId }, { ...reach, artifact })) {
      await tx.putAccessRequest({ ...request, decision: 'granted' })
    }
  }
}

/**
 * The version that viewers then see, and the title with it: one that follows the page is the shown version's, so that
 * it never tells of a later one.
 * @throws GalleyError invalid_request
 */
async function shownBy(tx: Transaction, artifact: Artifact, pinned: number | null) {
  const number = pinned ?? artifact.latest
  const version = await tx.version(artifact.orgId, artifact.id, number)
  if (!version) {
    throw new GalleyError('invalid_request', `There is no version ${number}: the latest is ${artifact.latest}.`, {
      latest: artifact.latest,
    })
  }
  // Of versions from before titles were kept, only what the latest is called is known.
  const own = version.title ?? (number === artifact.latest ? artifact.title : untitled)
  return { id: version.id, number, title: artifact.titleGiven ? artifact.title : own, at: version.createdAt }
}

/** By whom it is now, whether they have signed in yet or not; the owner needs no letting in. */
async function grantsFrom(
  tx: Transaction,
  artifact: Artifact,
  { people, groups }: SharingUpdate,
  before: readonly Grant[],
  at: number,
): Promise<Grant[]> {
  const members = await tx.membersByEmail(
    artifact.orgId,
    people.map(person => person.email),
  )
  const memberOf = new Map(members.map(member => [member.email.toLowerCase(), member.id]))
  const wanted: Omit<Grant, 'createdAt'>[] = [
    ...people.map(({ email, role }) => {
      const memberId = memberOf.get(email)
      const to =
        memberId === undefined
          ? { kind: 'email' as const, subject: email }
          : { kind: 'member' as const, subject: memberId }
      return { orgId: artifact.orgId, artifactId: artifact.id, role, ...to }
    }),
    ...groups.map(({ name, role }) => ({
      orgId: artifact.orgId,
      artifactId: artifact.id,
      kind: 'group' as const,
      subject: name,
      role,
    })),
  ]
  const since = new Map(before.map(grant => [keyOf(grant), grant.createdAt]))
  // Named twice, the last word counts.
  const unique = new Map(wanted.map(grant => [keyOf(grant), { ...grant, createdAt: since.get(keyOf(grant)) ?? at }]))
  return [...unique.values()].filter(({ kind, subject }) => kind !== 'member' || subject !== artifact.ownerId)
}

const keyOf = ({ kind, subject }: Pick<Grant, 'kind' | 'subject'>): string => `${kind} ${subject}`

function sameGrants(before: readonly Grant[], after: readonly Grant[]): boolean {
  const had = new Map(before.map(grant => [keyOf(grant), grant.role]))
  return before.length === after.length && after.every(grant => had.get(keyOf(grant)) === grant.role)
}

/** An entity tag (RFC 9110 §8.8.3) of who is let in to what. */
function tagOf({ audience, pinned }: Artifact, grants: readonly Grant[]): string {
  const named = grants.map(grant => `${keyOf(grant)} ${grant.role}`).sort()
  return `"${createHash('sha256')
    .update(JSON.stringify([audience, pinned, named]))
    .digest('base64url')}"`
}

const detailsOf = (artifact: Artifact, to: Pick<Artifact, 'audience' | 'pinned'>, { before, grants }: Grants) => ({
  previous_mode: artifact.audience,
  new_mode: to.audience,
  previous_user_count: before.length,
  new_user_count: grants.length,
  previous_pin: artifact.pinned,
  new_pin: to.pinned,
})

async function sharingOf(reads: Reads, artifact: Artifact, grants: readonly Grant[]): Promise<Sharing> {
  const { orgId } = artifact
  const [org, requests] = await Promise.all([reads.org(orgId), reads.accessRequests(orgId, artifact.id)])
  if (!org) throw notFound()
  const named = grants.flatMap(({ kind, subject }) => (kind === 'member' ? subject : []))
  const members = await reads.membersById(orgId, [...named, ...requests.map(({ memberId }) => memberId)])
  const memberOf = new Map(members.map(member => [member.id, member]))
  const people = grants.flatMap(({ kind, subject, role }) => {
    if (kind === 'email') return [{ email: subject, name: subject, role, pending: true }]
    const member = kind === 'member' ? memberOf.get(subject) : undefined
    return member ? [{ email: member.email, name: member.name, role, pending: false }] : []
  })
  const asking = requests.flatMap(({ memberId, createdAt }) => {
    const member = memberOf.get(memberId)
    return member
      ? [{ memberId, name: member.name, email: member.email, askedAt: new Date(createdAt).toISOString() }]
      : []
  })
  return {
    audience: artifact.audience,
    people,
    groups: grants.flatMap(({ kind, subject, role }) => (kind === 'group' ? [{ name: subject, role }] : [])),
    version: artifact.pinned ?? 'latest',
    latest: artifact.latest,
    org: { name: org.name },
    requests: asking,
  }
}
