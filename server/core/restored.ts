import { change, peopleEntry, systemActor } from './change.ts'
import type { Random } from './ports.ts'
import type { Ground } from './world.ts'

/** 128 random bits: two databases never share one, nor one database before and after a restore. */
export const newEpoch = (random: Random): string => Buffer.from(random(16)).toString('hex')

/**
 * To be done to a backup before anybody is served from it. With the new epoch every open page takes what is here for
 * what is right, though it has seen later versions. What was revoked after the backup was made stands again in it,
 * unless everybody is signed out.
 * @returns how many were signed out, and how many access tokens revoked
 */
export const markRestored = (
  ground: Ground,
  { signOutAll }: { signOutAll: boolean },
): Promise<{ sessions: number; tokens: number }> =>
  change(ground, systemActor, 'any', async (tx, at) => {
    await tx.setEpoch(newEpoch(ground.random))
    const result = signOutAll ? await tx.revokeAllCredentials(at) : { sessions: 0, tokens: 0 }
    const orgs = await tx.orgs()
    const record = orgs.map(org => peopleEntry('galley_backup_restored', org.id, { signed_out_all: signOutAll }))
    return { result, record }
  })
