import type { Sharing, SharingUpdate } from '../../shared/api.ts'
import { GalleyError, notFound } from '../../shared/errors.ts'
import { permit } from './access.ts'
import { change, type Done, userActor } from './change.ts'
import { headOf } from './edit.ts'
import type { Actor, Origin, Reads, Touched, Transaction } from './ports.ts'
import type { Artifact, Grant } from './records.ts'
import type { World } from './world.ts'

/** Who may look, and which version they see. The owner's alone to say. */

/** @throws GalleyError not_found | forbidden | insufficient_scope */
export async function sharing(world: World, actor: Actor, id: string): Promise<Sharing> {
  const { artifact } = permit(actor, 'share', await world.store.reach(actor.orgId, id, actor.memberId))
  return sharingOf(world.store, artifact)
}

/**
 * Puts all of it in place of what was. Whoever may not look any more is put out at once; a moved pin is followed by
 * every open viewer; saying again what is so already tells nobody.
 * @throws GalleyError not_found | forbidden | insufficient_scope · invalid_request: no such version
 */
export async function share(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  update: SharingUpdate,
): Promise<Sharing> {
  await change(world, userActor(actor, origin), async (tx, at) => {
    const { artifact } = permit(actor, 'share', await tx.reach(actor.orgId, id, actor.memberId))
    const before = await tx.grants(artifact.orgId, id)
    const grants = await grantsFrom(tx, artifact, update, before, at)
    const { audience, version } = update
    return reshare(tx, artifact, { audience, pinned: version === 'latest' ? null : version }, { before, grants })
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
): Promise<Done<void>> {
  const lets = to.audience !== artifact.audience || !sameGrants(before, grants)
  if (!lets && to.pinned === artifact.pinned) return { result: undefined, record: [] }
  const shown = await shownBy(tx, artifact, to.pinned)
  const seen = shown.number !== (artifact.pinned ?? artifact.latest) || shown.title !== artifact.title
  if (lets) await tx.setGrants(artifact.orgId, artifact.id, grants)
  await tx.updateArtifact(artifact.orgId, artifact.id, {
    ...to,
    title: shown.title,
    sharedAt: shown.at,
    rev: artifact.rev + 1,
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
      { kind: 'changed', head: await headOf(tx, artifact), seen },
      ...(lets
        ? [{ kind: 'access-changed' as const, ...place, touched: touchedBy(artifact, to, { before, grants }) }]
        : []),
    ],
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
  const title = artifact.titleGiven ? artifact.title : (version.title ?? artifact.title)
  return { id: version.id, number, title, at: version.createdAt }
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

/** Whoever it was shared with before or is now: a name in both lists may have another role. */
const touchedBy = (artifact: Artifact, to: Pick<Artifact, 'audience'>, { before, grants }: Grants): Touched => {
  const named = [...before, ...grants]
  const subjects = (kind: Grant['kind']) => [
    ...new Set(named.flatMap(grant => (grant.kind === kind ? grant.subject : []))),
  ]
  return {
    everyone: artifact.audience === 'org' || to.audience === 'org',
    memberIds: subjects('member'),
    groups: subjects('group'),
  }
}

const detailsOf = (artifact: Artifact, to: Pick<Artifact, 'audience' | 'pinned'>, { before, grants }: Grants) => ({
  previous_mode: artifact.audience,
  new_mode: to.audience,
  previous_user_count: before.length,
  new_user_count: grants.length,
  previous_pin: artifact.pinned,
  new_pin: to.pinned,
})

async function sharingOf(reads: Reads, artifact: Artifact): Promise<Sharing> {
  const { orgId } = artifact
  const [org, grants, requests] = await Promise.all([
    reads.org(orgId),
    reads.grants(orgId, artifact.id),
    reads.accessRequests(orgId, artifact.id),
  ])
  if (!org) throw notFound()
  const people = await Promise.all(
    grants
      .filter(grant => grant.kind !== 'group')
      .map(async ({ kind, subject, role }) => {
        if (kind === 'email') return [{ email: subject, name: subject, role, pending: true }]
        const member = await reads.member(orgId, subject)
        return member ? [{ email: member.email, name: member.name, role, pending: false }] : []
      }),
  )
  const asking = await Promise.all(
    requests.map(async ({ memberId, createdAt }) => {
      const member = await reads.member(orgId, memberId)
      return member
        ? [{ memberId, name: member.name, email: member.email, askedAt: new Date(createdAt).toISOString() }]
        : []
    }),
  )
  return {
    audience: artifact.audience,
    people: people.flat(),
    groups: grants.flatMap(({ kind, subject, role }) => (kind === 'group' ? [{ name: subject, role }] : [])),
    version: artifact.pinned ?? 'latest',
    latest: artifact.latest,
    org: { name: org.name },
    requests: asking.flat(),
  }
}
