import { createHash } from 'node:crypto'
import type { ComplianceKeyList, ComplianceKeyRequest, ComplianceKey as KeyView } from '../../shared/admin.ts'
import { GalleyError } from '../../shared/errors.ts'
import { newId } from '../../shared/ids.ts'
import { limits } from '../../shared/limits.ts'
import { requireSession } from './access.ts'
import { changeAsOwner, permitOwner } from './administer.ts'
import { change, type Done, type Entry, peopleEntry, systemActor } from './change.ts'
import type { Actor, Origin, Random } from './ports.ts'
import { timeOf } from './read.ts'
import type { ComplianceKey } from './records.ts'
import type { Transaction } from './store-ports.ts'
import type { Ground } from './world.ts'

/** Keys of the compliance API: shown once, kept as a hash, with scopes that never change. */

/** For secret scanners, which know it by its beginning. */
const prefix = 'galley_compliance_'

const newKey = (random: Random): string => prefix + Buffer.from(random(32)).toString('base64url')

export const hashOfKey = (key: string): string => createHash('sha256').update(key).digest('hex')

/** @throws GalleyError insufficient_scope | forbidden */
export async function complianceKeys(ground: Ground, actor: Actor): Promise<ComplianceKeyList> {
  await permitOwner(ground.store, actor)
  return { keys: (await ground.store.complianceKeys(actor.orgId)).map(toKeyView) }
}

/** Of the owner's own organisation. @throws GalleyError insufficient_scope | forbidden | invalid_request: too many */
export async function createComplianceKey(
  ground: Ground,
  actor: Actor,
  origin: Origin,
  request: ComplianceKeyRequest,
): Promise<{ key: ComplianceKey; secret: string }> {
  const secret = newKey(ground.random)
  const id = newId('complianceKey', ground.random)
  return changeAsOwner(ground, actor, origin, async (tx, at) => {
    requireSession(actor, 'A compliance key is made in a browser only, not with an access token.')
    const others = await tx.complianceKeys(actor.orgId)
    if (others.length >= limits.complianceKeys) {
      throw new GalleyError('invalid_request', `An organisation has at most ${limits.complianceKeys} keys. Revoke one.`)
    }
    return insert(tx, { id, secret, orgIds: [actor.orgId], ...request, at })
  })
}

/** By a command where the data is: of as many organisations as it says. @throws GalleyError invalid_request: too many */
export async function createComplianceKeyFor(
  ground: Ground,
  orgIds: readonly [string, ...string[]],
  request: ComplianceKeyRequest,
): Promise<{ key: ComplianceKey; secret: string }> {
  if (orgIds.length > limits.complianceOrgs) {
    throw new GalleyError('invalid_request', `A key reaches at most ${limits.complianceOrgs} organisations.`)
  }
  const secret = newKey(ground.random)
  const id = newId('complianceKey', ground.random)
  return change(ground, systemActor, 'any', (tx, at) => insert(tx, { id, secret, orgIds, ...request, at }))
}

async function insert(
  tx: Transaction,
  {
    id,
    secret,
    orgIds,
    name,
    scopes,
    at,
  }: { id: string; secret: string; orgIds: readonly string[]; at: number } & ComplianceKeyRequest,
): Promise<Done<{ key: ComplianceKey; secret: string }>> {
  const [orgId = ''] = orgIds
  const key: ComplianceKey = {
    ...{ id, orgId, orgIds, name, secretSha256: hashOfKey(secret), createdAt: at, revokedAt: null },
    scopes: [...new Set(scopes)],
  }
  await tx.addComplianceKey(key)
  const details = { keyId: id, name, scopes: key.scopes.join(' ') }
  return {
    result: { key, secret },
    record: orgIds.map(each => peopleEntry('galley_compliance_key_created', each, details)),
  }
}

/**
 * One that the operator has made for several organisations is out of this one's reach from then on, and goes on for the
 * others, whose owners have not been asked.
 * @throws GalleyError insufficient_scope | forbidden | not_found
 */
export async function revokeComplianceKey(ground: Ground, actor: Actor, origin: Origin, id: string): Promise<void> {
  const { orgId } = actor
  await changeAsOwner(ground, actor, origin, async (tx, at) => {
    const key = goodKey(await tx.complianceKeyById(id), orgId)
    const others = key.orgIds.length > 1
    await (others ? tx.takeFromComplianceKey(id, orgId) : tx.revokeComplianceKey(id, at))
    return { result: undefined, record: [revoked(key, orgId)] }
  })
}

/** By a command where the data is, for all organisations that it reaches. @throws GalleyError not_found */
export const revokeComplianceKeyFor = (ground: Ground, id: string): Promise<ComplianceKey> =>
  change(ground, systemActor, 'any', async (tx, at) => {
    const key = goodKey(await tx.complianceKeyById(id))
    await tx.revokeComplianceKey(id, at)
    return { result: key, record: key.orgIds.map(orgId => revoked(key, orgId)) }
  })

function goodKey(key: ComplianceKey | undefined, orgId?: string): ComplianceKey {
  const reaches = key?.revokedAt === null && (orgId === undefined || key.orgIds.includes(orgId))
  if (!reaches) throw new GalleyError('not_found', 'There is no such key.')
  return key
}

const revoked = ({ id: keyId, name }: ComplianceKey, orgId: string): Entry =>
  peopleEntry('galley_compliance_key_revoked', orgId, { keyId, name })

export const toKeyView = ({ id, name, scopes, createdAt }: ComplianceKey): KeyView => ({
  id,
  name,
  scopes: [...scopes],
  createdAt: timeOf(createdAt),
})
