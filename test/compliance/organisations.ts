import { createComplianceKeyFor } from '../../server/core/compliance-keys.ts'
import type { Member } from '../../server/core/records.ts'
import { type ComplianceScope, complianceScopes } from '../../shared/admin.ts'
import type { TestApp } from '../app.ts'
import { artifact, putText, version } from '../store/seed.ts'

/** What there is to answer for, made beside the server. */

/** @returns the key, and by what it is known */
export async function createKey(
  app: TestApp,
  orgIds: readonly [string, ...string[]],
  scopes: readonly ComplianceScope[] = complianceScopes,
): Promise<{ secret: string; id: string }> {
  const { key, secret } = await createComplianceKeyFor(app.ground, orgIds, { name: 'test', scopes: [...scopes] })
  return { secret, id: key.id }
}

export const withKey = (secret: string): Record<string, string> => ({ 'x-api-key': secret })

/** So many private artifacts of one version, which all have one content. @returns their ids */
export async function seedArtifacts(app: TestApp, owner: Member, many: number, name: string): Promise<string[]> {
  const { store } = app.ground
  const content = `cont_${name}`
  await putText(store, owner.orgId, content)
  const ids = Array.from({ length: many }, (_, n) => `cart_${name}${n}`)
  await store.transaction(owner.orgId, async tx => {
    for (const id of ids) {
      const made = artifact(id, owner)
      await tx.addArtifact(made)
      await tx.addVersion(version(made, 1, { pageContent: content, sourceContent: content }))
    }
  })
  return ids
}
