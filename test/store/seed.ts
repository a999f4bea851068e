import { createHash } from 'node:crypto'
import type { Artifact, AuditEntry, Member, Version } from '../../server/core/records.ts'
import type { Store, Transaction } from '../../server/core/store-ports.ts'

/**
 * What every part of the contract finds in the store. Two orgs; in `acme` Ana owns a page with three versions that is
 * pinned to the second, a page with one, and a deleted one; in `other` a namesake of hers owns one.
 */
export const acme = { id: '00000000-0000-4000-8000-00000000000a', name: 'Acme', claim: null, createdAt: 1_000 }
export const other = { id: '00000000-0000-4000-8000-00000000000b', name: 'Other', claim: null, createdAt: 2_000 }

export const member = (id: string, orgId: string, set: Partial<Member> = {}): Member => ({
  id,
  orgId,
  email: `${id}@example.org`,
  name: id,
  role: 'member',
  rev: 1,
  roleId: null,
  createdAt: 1_000,
  removedAt: null,
  ...set,
})

export const ana = member('user_ana', acme.id, { email: 'Ana@Example.org', role: 'owner' })
export const ben = member('user_ben', acme.id, { createdAt: 1_500 })
export const left = member('user_left', acme.id, { removedAt: 1_900 })
export const namesake = member('user_namesake', other.id, { email: 'ana@example.org' })

export const artifact = (id: string, owner: Member, set: Partial<Artifact> = {}): Artifact => ({
  id,
  orgId: owner.orgId,
  ownerId: owner.id,
  title: id,
  titleGiven: false,
  icon: '📄',
  description: '',
  audience: 'private',
  pinned: null,
  latest: 1,
  rev: 1,
  viewerRev: 1,
  createdAt: 3_000,
  updatedAt: 3_000,
  sharedAt: 3_000,
  keptFrom: 3_000,
  deletedAt: null,
  eraseAt: null,
  deletedBy: null,
  ...set,
})

export const plan = artifact('cart_plan', ana, { titleGiven: true, pinned: 2, latest: 3, rev: 5, updatedAt: 5_000 })
export const notes = artifact('cart_notes', ana, { updatedAt: 4_000 })
export const gone = artifact('cart_gone', ana, { deletedAt: 6_000, eraseAt: 6_500, deletedBy: 'person' })
export const foreign = artifact('cart_foreign', namesake)

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** A version whose page is its source, with content of its own by the name of `cont_<artifact>_<number>`. */
export const version = (of: Artifact, number: number, set: Partial<Version> = {}): Version => {
  const content = `cont_${of.id}_${number}`
  return {
    id: `cver_${of.id}_${number}`,
    orgId: of.orgId,
    artifactId: of.id,
    number,
    title: null,
    type: 'text/html',
    sha256: sha256(content),
    size: content.length,
    sourceSha256: sha256(content),
    sourceSize: content.length,
    pageContent: content,
    sourceContent: content,
    note: null,
    provenance: null,
    authorId: of.ownerId,
    createdAt: 3_000 + number,
    sharedAt: 3_000 + number,
    ...set,
  }
}

export const planVersions: readonly Version[] = [
  version(plan, 1, { note: 'first', provenance: { host: 'ci', commit: 'abc' } }),
  version(plan, 2),
  version(plan, 3, { type: 'text/markdown', sha256: version(plan, 1).sha256, sourceSize: 7 }),
]

export const entry = (id: string, orgId: string, set: Partial<AuditEntry> = {}): AuditEntry => ({
  id,
  orgId,
  at: 3_000,
  type: 'claude_artifact_created',
  actor: { type: 'user', memberId: ana.id, ip: '192.0.2.1', userAgent: 'test' },
  artifactId: null,
  versionId: null,
  details: { title: 'A "title"' },
  ...set,
})

/** Puts the content that a version names, and the version. */
export async function publish(store: Store, version: Version): Promise<void> {
  await putText(store, version.orgId, version.pageContent)
  await store.transaction('any', tx => tx.addVersion(version))
}

export const putText = (store: Store, orgId: string, id: string, at = 3_000): Promise<void> =>
  store.putContent(orgId, id, { encoding: 'identity', bytes: Buffer.from(id) }, at)

export async function seed(store: Store): Promise<void> {
  await store.transaction('any', async tx => {
    for (const org of [acme, other]) await tx.addOrg(org)
    for (const each of [ana, ben, left, namesake]) await tx.addMember(each)
    for (const each of [plan, notes, gone, foreign]) await tx.addArtifact(each)
    await seedCredentials(tx)
    await tx.audit([entry('activity_1', acme.id, { type: 'galley_signed_in' })])
  })
  const others = [notes, gone, foreign].map(of => version(of, 1))
  for (const each of [...planVersions, ...others]) await publish(store, each)
}

export const session = {
  id: 'sess_1',
  orgId: acme.id,
  memberId: ana.id,
  createdAt: 1_000,
  expiresAt: 9_000,
  revokedAt: null,
}
export const token = { ...session, id: 'atok_1', name: 'CI', scope: 'publish' as const }
export const link = {
  secretSha256: sha256('s'),
  orgId: acme.id,
  memberId: ben.id,
  createdAt: 1,
  expiresAt: 9_000,
  spentAt: null,
}
export const answer = {
  orgId: acme.id,
  memberId: ana.id,
  key: 'k',
  requestSha256: sha256('r'),
  answer: '{}',
  createdAt: 1_000,
}

async function seedCredentials(tx: Transaction): Promise<void> {
  await tx.addSession(session)
  await tx.addSession({ ...session, id: 'sess_of_left', memberId: left.id })
  await tx.addAccessToken(token)
  await tx.addAccessToken({ ...token, id: 'atok_of_left', memberId: left.id })
  await tx.addAccessToken({ ...token, id: 'atok_newer', createdAt: 2_000 })
  await tx.addSignInLink(link)
  await tx.addIdempotentAnswer(answer)
  await tx.addSigningKey({ kid: 'k1', alg: 'EdDSA', jwk: '{}', createdAt: 1_000, retiredAt: null })
}
