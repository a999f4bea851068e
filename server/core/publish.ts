import type { Published, Warning } from '../../shared/api.ts'
import { GalleyError, notFound } from '../../shared/errors.ts'
import { newId } from '../../shared/ids.ts'
import type { Proof } from '../render/press.ts'
import { permit, permitScope } from './access.ts'
import { change, type Done, userActor } from './change.ts'
import { askedOf, type Draft, isSame, keep, newArtifact, ownTitle, type Upload, untitled, versionOf } from './draft.ts'
import { headOf, type Labels, labelsOf, relabel } from './edit.ts'
import { checkIcon } from './icon.ts'
import { type Outcome, once } from './once.ts'
import type { Actor, Origin } from './ports.ts'
import { permitPublishing } from './publishing.ts'
import { timeOf, urlOf } from './read.ts'
import type { Artifact, Version } from './records.ts'
import type { Transaction } from './store-ports.ts'
import type { World } from './world.ts'

/**
 * The versions one of which must still be the latest, each by its number, or by the SHA-256 of its page, which says
 * the same also after a restored backup has made numbers repeat; `any`: whichever it is.
 */
export type IfMatch = 'any' | readonly (number | string)[]

/**
 * A new artifact, the publisher's own and private.
 * @throws GalleyError insufficient_scope | publishing_disabled | invalid_request | idempotency_key_reused, and what Press.prove throws
 */
export async function publishNew(world: World, actor: Actor, origin: Origin, upload: Upload): Promise<Outcome> {
  permitScope(actor, 'publish')
  await permitPublishing(world.store, actor)
  checkIcon(upload.query.icon)
  const { body, bodyEncoding, type, query } = upload
  const proof = await world.press.prove({ body, bodyEncoding, type, fallbackTitle: query.title ?? untitled })
  const id = newId('artifact', world.random)
  const contents = await keep(world, actor.orgId, proof, undefined)
  const draft = { actor, upload, proof, contents }
  world.deltas.remember(id, { contentId: contents.page, ...proof.page })
  return change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
    await permitPublishing(tx, actor)
    return once(tx, actor, { key: upload.idempotencyKey, asked: ['new', ...askedOf(upload, proof)] }, at, async () => {
      const artifact = newArtifact(id, actor, upload.query, proof, at)
      const version = versionOf(world, draft, artifact, 1, at)
      await tx.addArtifact(artifact)
      await tx.addVersion(version)
      const created = { orgId: actor.orgId, artifactId: id, versionId: version.id, details: { title: artifact.title } }
      return {
        result: { created: true, published: publishedOf(world, version, proof, false) },
        record: [{ ...created, type: 'claude_artifact_created' }, publishRecord(artifact, version, false)],
        announce: [{ kind: 'changed', head: await headOf(tx, artifact), seen: true }],
      }
    })
  })
}

/**
 * The next version of an artifact, or none when these bytes are the latest already.
 * @throws GalleyError not_found | forbidden | insufficient_scope | publishing_disabled | invalid_request |
 *   version_conflict | idempotency_key_reused, and what Press.prove throws
 */
export async function publishVersion(
  world: World,
  actor: Actor,
  origin: Origin,
  id: string,
  upload: Upload,
  ifMatch: IfMatch,
): Promise<Outcome> {
  checkIcon(upload.query.icon)
  const { artifact } = permit(actor, 'publish', await world.store.reach(actor.orgId, id, actor.memberId))
  await permitPublishing(world.store, actor)
  const latest = await latestOf(world.store, artifact)
  const content = await world.deltas.content(actor.orgId, id, latest.pageContent)
  const { body, bodyEncoding, type, query } = upload
  const proof = await world.press.prove({
    body,
    bodyEncoding,
    type,
    fallbackTitle: query.title ?? (artifact.titleGiven ? artifact.title : untitled),
    ...(content && { previous: { sha256: latest.sha256, content } }),
  })
  const contents = await keep(world, actor.orgId, proof, latest)
  const draft = { actor, upload, proof, contents }
  // Before the announcement, for which every node's readers come at once.
  const delta = proof.delta && { from: latest.sha256, bytes: proof.delta }
  world.deltas.remember(id, { contentId: contents.page, ...proof.page }, delta)
  return change(world, userActor(actor, origin), actor.orgId, async (tx, at) => {
    // Everything is read again: while the page was being rendered, others may have published, renamed or deleted.
    const { artifact } = permit(actor, 'publish', await tx.reach(actor.orgId, id, actor.memberId))
    await permitPublishing(tx, actor)
    const request = { key: upload.idempotencyKey, asked: [id, ifMatch, ...askedOf(upload, proof)] }
    return once(tx, actor, request, at, async () => {
      const latest = await latestOf(tx, artifact)
      // Before the condition: it may be a publish whose answer was lost, and which is there already (RFC 9110 §13.1.1).
      if (isSame(latest, proof)) {
        // Whoever publishes it, though unchanged, has not given it up: its retention begins anew.
        await tx.updateArtifact(artifact.orgId, id, { keptFrom: at })
        const relabelled = await relabel(tx, artifact, labelsOf(upload.query), at)
        return {
          ...relabelled,
          result: { created: false, published: publishedOf(world, latest, proof, true) },
          record: [keptRecord(artifact, latest), ...relabelled.record],
        }
      }
      refuseStale(latest, ifMatch)
      return addNext(world, tx, artifact, draft, at)
    })
  })
}

async function addNext(
  world: World,
  tx: Transaction,
  artifact: Artifact,
  draft: Draft,
  at: number,
): Promise<Done<Outcome>> {
  const version = versionOf(world, draft, artifact, artifact.latest + 1, at)
  const labels = labelsAfter(artifact, draft)
  const seen = artifact.pinned === null
  const noted = { ...draft.proof, warnings: [...withheld(artifact, draft.upload), ...draft.proof.warnings] }
  await tx.addVersion(version)
  await tx.updateArtifact(artifact.orgId, artifact.id, {
    ...labels,
    latest: version.number,
    rev: artifact.rev + 1,
    viewerRev: artifact.viewerRev + (seen ? 1 : 0),
    updatedAt: at,
    keptFrom: at,
    ...(artifact.pinned === null && { sharedAt: at }),
  })
  return {
    result: { created: true, published: publishedOf(world, version, noted, false) },
    record: [publishRecord({ ...artifact, ...labels }, version, true)],
    announce: [{ kind: 'changed', head: await headOf(tx, artifact), seen }],
  }
}

/**
 * Labels that were given, else the page's own title, if the title follows the page. While viewers are pinned to
 * another version all stay as they are: a change would tell them of a version they may not see.
 */
function labelsAfter(artifact: Artifact, { upload, proof }: Draft): Labels {
  if (artifact.pinned !== null) return {}
  const given = labelsOf(upload.query)
  return given.title !== undefined || artifact.titleGiven ? given : { ...given, title: ownTitle(proof) }
}

/** Said to who publishes labels that are not taken up. */
function withheld({ pinned }: Artifact, { query }: Upload): Warning[] {
  if (pinned === null || Object.keys(labelsOf(query)).length === 0) return []
  const message = `Title, icon and description stay as they are while viewers see version ${pinned}: a change would tell of this one.`
  return [{ line: 1, rule: 'pinned', message }]
}

async function latestOf(reads: Pick<Transaction, 'version'>, artifact: Artifact): Promise<Version> {
  const latest = await reads.version(artifact.orgId, artifact.id, artifact.latest)
  if (!latest) throw notFound()
  return latest
}

function refuseStale({ number, sha256 }: Version, ifMatch: IfMatch): void {
  if (ifMatch === 'any' || ifMatch.includes(number) || ifMatch.includes(sha256)) return
  throw new GalleyError(
    'version_conflict',
    `Somebody published version ${number} in the meantime. Look at it, then publish again on top of it.`,
    { current: number },
  )
}

const publishRecord = (artifact: Artifact, version: Version, isRedeploy: boolean) => ({
  orgId: artifact.orgId,
  type: 'claude_artifact_published' as const,
  artifactId: artifact.id,
  versionId: version.id,
  details: {
    artifact_type: version.type,
    title: artifact.title,
    description: artifact.description,
    is_redeploy: isRedeploy,
    version: version.number,
    sha256: version.sha256,
  },
})

/** That a retention begins anew is a change, though of nothing that anybody sees. */
const keptRecord = ({ orgId, id, keptFrom }: Artifact, version: Version) => ({
  orgId,
  type: 'galley_artifact_kept' as const,
  artifactId: id,
  versionId: version.id,
  details: { version: version.number, previous_kept_from: timeOf(keptFrom) },
})

const publishedOf = (world: World, version: Version, proof: Proof, unchanged: boolean): Published => ({
  id: version.artifactId,
  url: urlOf(world, version.artifactId),
  version: version.number,
  sha256: version.sha256,
  unchanged,
  warnings: proof.warnings,
  moreWarnings: proof.moreWarnings,
})
