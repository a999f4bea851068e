import { change, peopleEntry, systemActor } from './change.ts'
import type { Identity } from './ports.ts'
import type { SigningKey } from './records.ts'
import type { Ground } from './world.ts'

/**
 * A fresh key signs from now on: on a server that runs, within limits.signingKeysKept. What the others have signed stays
 * good until it expires, and then they are swept.
 */
export async function rotateSigningKeys(
  ground: Ground,
  identity: Pick<Identity, 'newSigningKey'>,
): Promise<SigningKey> {
  const key = await identity.newSigningKey()
  return change(ground, systemActor, 'any', async (tx, at) => {
    await tx.retireSigningKeys(at)
    await tx.addSigningKey(key)
    const orgs = await tx.orgs()
    return {
      result: key,
      record: orgs.map(org => peopleEntry('galley_signing_key_rotated', org.id, { kid: key.kid })),
    }
  })
}
