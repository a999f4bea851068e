import type { Artifact as ArtifactView, Role, Version as VersionView } from '../../shared/api.ts'
import { GalleyError, notFound } from '../../shared/errors.ts'
import type { Position } from '../../shared/events.ts'
import type { Content } from '../render/press.ts'
import { AccessRefused, isPublisher, permit } from './access.ts'
import { authorsOf, type Person } from './authors.ts'
import type { Actor } from './ports.ts'
import type { Artifact, Head, ShownVersion, Version } from './records.ts'
import type { World } from './world.ts'

export const urlOf = (world: Pick<World, 'publicUrl'>, artifactId: string): string =>
  `${world.publicUrl}/a/${artifactId}`

/** What somebody who opens an artifact gets to see, and which of its two streams of news is theirs. */
export interface Watched {
  artifact: ArtifactView
  head: Head
  stream: Stream
  /** As of when it was read who may look: no later than the head is. */
  at: Position
}

type Stream = 'publishers' | 'viewers'

/**
 * Needs the right to read: what is told to those who watch carries the page.
 * @throws GalleyError not_found | insufficient_scope
 */
export const watch = (world: World, actor: Actor, id: string): Promise<Watched> => see(world, actor, 'read', id)

/**
 * Which stream would be theirs, and nothing else of it.
 * @throws GalleyError not_found | insufficient_scope
 */
export async function streamFor(world: Pick<World, 'store'>, actor: Actor, id: string): Promise<Stream> {
  return streamOf(permit(actor, 'read', await world.store.reach(actor.orgId, id, actor.memberId)).role)
}

const streamOf = (role: Role): Stream => (isPublisher(role) ? 'publishers' : 'viewers')

/**
 * What this actor should be showing now.
 * @throws GalleyError not_found | insufficient_scope
 */
export const current = async (world: World, actor: Actor, id: string): Promise<ArtifactView> =>
  (await see(world, actor, 'look', id)).artifact

async function see(world: World, actor: Actor, action: 'look' | 'read', id: string): Promise<Watched> {
  const { epoch } = world.store
  const { artifact, role } = permit(actor, action, await world.store.reach(actor.orgId, id, actor.memberId))
  const [[head], authors, waiting] = await Promise.all([
    world.store.heads([{ orgId: actor.orgId, artifactId: id }]),
    authorsOf(world.store, actor.orgId, [artifact.ownerId]),
    world.store.waitingRequests(actor.orgId, role === 'owner' ? [id] : []),
  ])
  if (!head) throw notFound()
  // The database was restored: what was read before must not be said to be of after.
  if (epoch !== world.store.epoch) return see(world, actor, action, id)
  return {
    artifact: toArtifactView(world, role, artifact, { head, author: authors(artifact.ownerId), waiting }),
    head,
    stream: streamOf(role),
    at: { epoch, rev: artifact.rev },
  }
}

/** What is in both is taken from the head, which one query read: its position and what it shows belong together. */
export function toArtifactView(
  world: Pick<World, 'publicUrl' | 'store'>,
  role: Role,
  artifact: Artifact,
  { head, author, waiting }: { head: Head; author: Person; waiting: ReadonlyMap<string, number> },
): ArtifactView {
  const publisher = isPublisher(role)
  const shown = publisher ? head.latest : head.shared
  return {
    id: artifact.id,
    url: urlOf(world, artifact.id),
    title: head.title,
    icon: head.icon,
    description: head.description,
    author,
    role,
    audience: artifact.audience,
    pinned: publisher ? head.pinned : null,
    ...(publisher && { latest: head.latest.number }),
    ...(role === 'owner' && { waiting: waiting.get(artifact.id) ?? 0 }),
    shown: toShown(shown),
    epoch: world.store.epoch,
    rev: publisher ? head.rev : head.viewerRev,
    createdAt: timeOf(artifact.createdAt),
    // A viewer of a pinned version must not learn from a time that there are later ones.
    updatedAt: timeOf(publisher ? artifact.updatedAt : head.shared.createdAt),
  }
}

const toShown = (shown: ShownVersion): ArtifactView['shown'] => ({
  number: shown.number,
  sha256: shown.sha256,
  size: shown.size,
  publishedAt: timeOf(shown.createdAt),
  note: shown.note,
})

export const toVersionView = (version: Version, author: Person): VersionView => ({
  id: version.id,
  number: version.number,
  type: version.type,
  sha256: version.sha256,
  size: version.size,
  sourceSize: version.sourceSize,
  note: version.note,
  provenance: version.provenance,
  author,
  createdAt: timeOf(version.createdAt),
})

/** @throws GalleyError not_found | insufficient_scope */
export async function version(world: World, actor: Actor, id: string, number: number): Promise<VersionView> {
  const { version } = await readable(world, actor, id, number)
  const authors = await authorsOf(world.store, actor.orgId, [version.authorId])
  return toVersionView(version, authors(version.authorId))
}

/** Immutable bytes by their hash; loaded only when asked for, since a conditional request may need none. */
export interface Bytes {
  /** Of whom they are for. */
  role: Role
  sha256: string
  load(): Promise<Content>
}

/** @throws GalleyError not_found | insufficient_scope */
export async function page(world: World, actor: Actor, id: string, number: number): Promise<Bytes> {
  const { version, role } = await readable(world, actor, id, number)
  return { role, sha256: version.sha256, load: () => load(world, actor, id, version.pageContent) }
}

/** @throws GalleyError not_found | forbidden | insufficient_scope */
export async function source(world: World, actor: Actor, id: string, number: number): Promise<Bytes> {
  const { version, role } = await readable(world, actor, id, number, 'history')
  return { role, sha256: version.sourceSha256, load: () => load(world, actor, id, version.sourceContent) }
}

/**
 * A delta from a page that viewers were never shown would confirm a guess at what is in it.
 * @throws GalleyError unknown_base
 */
async function refuseUnseenBase(
  world: Pick<World, 'store'>,
  { orgId, artifactId }: { orgId: string; artifactId: string },
  role: Role,
  from: string,
): Promise<void> {
  if (!isPublisher(role) && !(await world.store.wasShared(orgId, artifactId, from))) throw unknownBase()
}

const unknownBase = () =>
  new GalleyError('unknown_base', 'No version of this page has that hash. Fetch the whole page instead.')

/**
 * @param from hash of the page the caller has.
 * @returns what leads from there to this version's page, deflated (RFC 1951).
 * @throws GalleyError not_found | insufficient_scope | unknown_base | no_delta
 */
export async function delta(
  world: World,
  actor: Actor,
  id: string,
  number: number,
  from: string,
): Promise<{ role: Role; bytes: Uint8Array }> {
  const { version, role } = await readable(world, actor, id, number)
  await refuseUnseenBase(world, { orgId: actor.orgId, artifactId: id }, role, from)
  const delta = await world.deltas.between(actor.orgId, id, from, version.sha256)
  if (delta === 'unknown_base') throw unknownBase()
  if (delta === 'no_delta') {
    throw new GalleyError('no_delta', 'The two pages differ too much for a delta. Fetch the whole page instead.')
  }
  return { role, bytes: delta }
}

/** A version that this actor may have the page of: for a viewer the shared one, and no other exists. */
async function readable(
  world: World,
  actor: Actor,
  id: string,
  number: number,
  action: 'read' | 'history' = 'read',
): Promise<{ version: Version; role: Role }> {
  const { artifact, role } = permit(actor, action, await world.store.reach(actor.orgId, id, actor.memberId), number)
  if (!isPublisher(role) && number !== (artifact.pinned ?? artifact.latest)) {
    throw new AccessRefused(notFound(), { action, why: 'version', number })
  }
  const version = await world.store.version(actor.orgId, id, number)
  if (!version) throw notFound()
  return { version, role }
}

async function load(world: World, actor: Actor, id: string, contentId: string): Promise<Content> {
  const content = await world.deltas.content(actor.orgId, id, contentId)
  if (!content) throw notFound()
  return content
}

export const timeOf = (at: number): string => new Date(at).toISOString()
