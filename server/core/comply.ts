import { z } from 'zod'
import type { ComplianceScope } from '../../shared/admin.ts'
import { GalleyError, notFound } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Content } from '../render/press.ts'
import { change } from './change.ts'
import { hashOfKey } from './compliance-keys.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { eraseNow } from './erase.ts'
import type { ComplianceListing } from './organisation-ports.ts'
import type { Origin } from './ports.ts'
import type { Artifact, AuditActor, ComplianceKey, Member } from './records.ts'
import { touchedBy } from './touched.ts'
import type { World } from './world.ts'

/** What the compliance API does, for whoever has a key with the scope for it: docs/COMPLIANCE.md. */

/** Who presents the key. */
export interface Complier {
  key: ComplianceKey
  origin: Origin
}

/** @throws GalleyError token_invalid: unknown or revoked */
export async function complierOf(world: Pick<World, 'store'>, secret: string, origin: Origin): Promise<Complier> {
  const key = await world.store.complianceKey(hashOfKey(secret))
  if (!key || key.revokedAt !== null || key.orgIds.length === 0)
    throw new GalleyError('token_invalid', 'Invalid compliance key.')
  return { key, origin }
}

/** @throws GalleyError insufficient_scope */
export function permitComplier({ key }: Complier, scope: ComplianceScope): void {
  if (key.scopes.includes(scope)) return
  const got = key.scopes.map(each => `'${each}'`).join(', ')
  throw new GalleyError('insufficient_scope', `Missing required scopes. Got: [${got}] Needed: ['${scope}']`)
}

/** One artifact as the API lists it. */
export interface Listed {
  artifact: Artifact
  owner: Member | undefined
  /** What a viewer who is not the owner would see. */
  publishedVersionId: string | null
  /** Newest first. */
  versions: readonly { id: string; createdAt: number; title: string | null }[]
}

export interface ListRequest extends Pick<ComplianceListing, 'ownerIds' | 'updated' | 'limit'> {
  /** All that the key reaches, unless it names some. */
  orgIds?: readonly string[] | undefined
  page?: string | undefined
}

const place = z.tuple([z.string()])

/** By id, whatever their owners keep to themselves. @throws GalleyError insufficient_scope | invalid_request (page) */
export async function listArtifacts(
  world: World,
  complier: Complier,
  { orgIds, page, limit, ...narrowed }: ListRequest,
): Promise<{ listed: Listed[]; nextPage: string | null }> {
  permitComplier(complier, 'read:compliance_user_data')
  const reached = reachedBy(complier, orgIds)
  const afterId = page === undefined ? undefined : readCursor(place, page)[0]
  const rows = await world.store.listing({
    ...narrowed,
    orgIds: reached,
    limit: limit + 1,
    afterId,
  })
  const artifacts = rows.slice(0, limit)
  const last = rows.length > limit ? artifacts.at(-1) : undefined
  return { listed: await describe(world, artifacts), nextPage: last ? writeCursor([last.id]) : null }
}

/** Of those it names, what the key does not reach is no organisation to it. */
export const reachedBy = ({ key }: Complier, orgIds: readonly string[] | undefined): readonly string[] =>
  orgIds === undefined ? key.orgIds : key.orgIds.filter(id => orgIds.includes(id))

async function describe(world: World, artifacts: readonly Artifact[]): Promise<Listed[]> {
  const places = artifacts.map(({ orgId, id }) => ({ orgId, artifactId: id }))
  const versions = await world.store.newestVersions(places, limits.complianceVersions)
  const owners = new Map<string, Member>()
  for (const orgId of new Set(artifacts.map(each => each.orgId))) {
    const ids = artifacts.flatMap(each => (each.orgId === orgId ? each.ownerId : []))
    for (const member of await world.store.membersById(orgId, ids)) owners.set(member.id, member)
  }
  return Promise.all(
    artifacts.map(async artifact => {
      const newest = versions.filter(each => each.artifactId === artifact.id)
      const number = artifact.pinned ?? artifact.latest
      // A pin may be older than those listed.
      const shown =
        newest.find(each => each.number === number) ?? (await world.store.version(artifact.orgId, artifact.id, number))
      return {
        artifact,
        owner: owners.get(artifact.ownerId),
        publishedVersionId: shown?.id ?? null,
        versions: newest,
      }
    }),
  )
}

/**
 * The bytes as they were published, and that they were had is recorded.
 * @throws GalleyError insufficient_scope | not_found: unknown, erased, or of an organisation that the key does not reach
 */
export async function versionContent(
  world: World,
  complier: Complier,
  artifactId: string,
  versionId: string,
): Promise<{ type: string; content: Content }> {
  permitComplier(complier, 'read:compliance_user_data')
  const version = await world.store.versionById(complier.key.orgIds, artifactId, versionId)
  const content = version && (await world.store.content(version.orgId, version.sourceContent))
  if (!version || !content) throw notFound()
  const { orgId, number } = version
  await change(world, actorOf(complier), orgId, async () => ({
    result: undefined,
    record: [
      {
        ...{ orgId, artifactId, versionId, details: { version: number } },
        type: 'galley_compliance_content_read',
      },
    ],
  }))
  return { type: version.type, content }
}

/**
 * Gone for everybody at once, open viewers are cut off; there is no taking it back, and when this returns it is erased.
 * Also what was deleted in another way, and could still be taken back.
 * @throws GalleyError insufficient_scope | not_found: also of what is being erased already
 */
export async function deleteArtifact(world: World, complier: Complier, id: string): Promise<void> {
  permitComplier(complier, 'delete:compliance_user_data')
  const found = await world.store.artifactOfAny(complier.key.orgIds, id)
  if (!found) throw notFound()
  const { orgId } = found
  const by = actorOf(complier)
  const erasedFrom = await change(world, by, orgId, async (tx, at) => {
    const artifact = await tx.artifactOfAny([orgId], id)
    if (!artifact || (artifact.eraseAt ?? Infinity) <= at) throw notFound()
    const { ownerId, title, latest, rev, deletedAt } = artifact
    await tx.updateArtifact(orgId, id, {
      deletedAt: deletedAt ?? at,
      eraseAt: at,
      deletedBy: artifact.deletedBy ?? 'person',
      rev: rev + 1,
    })
    return {
      result: at,
      record: [
        {
          ...{ orgId, artifactId: id, versionId: null, details: { title, versions: latest } },
          type: 'claude_published_artifact_deleted',
        },
      ],
      announce: [
        {
          ...{ kind: 'deleted', orgId, artifactId: id, ownerId },
          touched: touchedBy([artifact], await tx.grants(orgId, id)),
        },
      ],
    }
  })
  await eraseNow(world, by, erasedFrom, { orgId, artifactId: id })
}

const actorOf = ({ key, origin }: Complier): AuditActor => ({ type: 'api', memberId: key.id, ...origin })
