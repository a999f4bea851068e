import { setTimeout as sleep } from 'node:timers/promises'
import type { InlineDelta } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { World } from '../core/world.ts'
import type { Place } from './audience.ts'

/**
 * The delta that goes along with the news of a version. Whatever keeps it from being had (an unknown base, a page made
 * anew, one too long, one not ready within limits.inlineDeltaWait) only means that the page is fetched instead.
 */
export async function inlineDelta(
  world: Pick<World, 'deltas' | 'log' | 'store'>,
  { orgId, artifactId, stream }: Place,
  from: string,
  to: string,
): Promise<InlineDelta | undefined> {
  if (from === to) return undefined
  const inTime = new AbortController()
  try {
    // A delta from what viewers were never shown would confirm a guess at it.
    const allowed = async () => stream === 'publishers' || (await world.store.wasShared(orgId, artifactId, from))
    const delta = await Promise.race([
      allowed().then(yes => (yes ? world.deltas.between(orgId, artifactId, from, to) : undefined)),
      sleep(limits.inlineDeltaWait, undefined, { signal: inTime.signal }),
    ])
    if (!(delta instanceof Uint8Array) || delta.byteLength > limits.inlineDeltaBytes) return undefined
    return { from, delta: Buffer.from(delta.buffer, delta.byteOffset, delta.byteLength).toString('base64') }
  } catch (error) {
    world.log.warn({ err: error, artifactId }, 'No inline delta could be made')
    return undefined
  } finally {
    inTime.abort()
  }
}
