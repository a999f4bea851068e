import type { PageType, Provenance, PublishQuery } from '../../shared/api.ts'
import { newId } from '../../shared/ids.ts'
import { plain } from '../../shared/text.ts'
import type { Copy, Proof } from '../render/press.ts'
import { defaultIcon } from './icon.ts'
import type { Actor } from './ports.ts'
import type { Artifact, Version } from './records.ts'
import type { World } from './world.ts'

/** A page as it was sent, and what was asked along with it. */
export interface Upload {
  body: Uint8Array
  bodyEncoding: Copy['bodyEncoding']
  type: PageType
  query: PublishQuery
  idempotencyKey: string | undefined
}

/** Rendered and kept, and not yet a version of anything. */
export interface Draft {
  actor: Actor
  upload: Upload
  proof: Proof
  contents: { page: string; source: string }
}

export const untitled = 'Untitled'

/** What a page calls itself, as far as that is plain text. */
export const ownTitle = (proof: Proof): string => plain(proof.title ?? '').trim() || untitled

/**
 * Makes the bytes durable, before the short transaction that makes them visible. Bytes that the latest version has
 * already are named again rather than kept twice; what no version comes to name is swept.
 */
export async function keep(
  world: World,
  orgId: string,
  proof: Proof,
  latest: Version | undefined,
): Promise<Draft['contents']> {
  const put = async (part: Proof['page']) => {
    const id = newId('content', world.random)
    await world.store.putContent(orgId, id, part.content, world.clock.now())
    return id
  }
  const page = latest?.sha256 === proof.page.sha256 ? latest.pageContent : await put(proof.page)
  if (proof.source.sha256 === proof.page.sha256) return { page, source: page }
  return { page, source: latest?.sourceSha256 === proof.source.sha256 ? latest.sourceContent : await put(proof.source) }
}

/** Neither what is shown nor what it was made from is new. */
export const isSame = (latest: Version, proof: Proof): boolean =>
  latest.sha256 === proof.page.sha256 && latest.sourceSha256 === proof.source.sha256

/** What makes two requests the same, over any Content-Encoding. */
export const askedOf = (upload: Upload, proof: Proof): unknown[] => [
  upload.type,
  proof.source.sha256,
  Object.entries(upload.query).sort(([a], [b]) => (a < b ? -1 : 1)),
]

export const newArtifact = (id: string, actor: Actor, query: PublishQuery, proof: Proof, at: number): Artifact => ({
  id,
  orgId: actor.orgId,
  ownerId: actor.memberId,
  title: query.title ?? ownTitle(proof),
  titleGiven: query.title !== undefined,
  icon: query.icon ?? defaultIcon,
  description: query.description ?? '',
  audience: 'private',
  pinned: null,
  latest: 1,
  rev: 1,
  viewerRev: 1,
  createdAt: at,
  updatedAt: at,
  sharedAt: at,
  keptFrom: at,
  deletedAt: null,
  eraseAt: null,
  deletedBy: null,
})

export const versionOf = (
  world: World,
  { actor, upload, proof, contents }: Draft,
  artifact: Artifact,
  number: number,
  at: number,
): Version => ({
  id: newId('version', world.random),
  orgId: artifact.orgId,
  artifactId: artifact.id,
  number,
  // One that was given for a version that a pin hides is kept with it, until viewers see it.
  title: upload.query.title ?? ownTitle(proof),
  type: upload.type,
  sha256: proof.page.sha256,
  size: proof.page.size,
  sourceSha256: proof.source.sha256,
  sourceSize: proof.source.size,
  pageContent: contents.page,
  sourceContent: contents.source,
  note: upload.query.note ?? null,
  provenance: provenanceOf(upload.query),
  authorId: actor.memberId,
  createdAt: at,
  sharedAt: artifact.audience !== 'private' && artifact.pinned === null ? at : null,
})

function provenanceOf({ host, tool, commit }: PublishQuery): Provenance | null {
  if (host === undefined && tool === undefined && commit === undefined) return null
  return {
    ...(host !== undefined && { host }),
    ...(tool !== undefined && { tool }),
    ...(commit !== undefined && { commit }),
  }
}
