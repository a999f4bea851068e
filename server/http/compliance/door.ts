import type { Request, Response } from 'express'
import { GalleyError } from '../../../shared/errors.ts'
import { type Complier, complierOf } from '../../core/comply.ts'
import type { Quotas } from '../../core/ports.ts'
import { timeOf } from '../../core/read.ts'
import type { World } from '../../core/world.ts'
import { originOf } from '../door.ts'
import type { Failures } from '../failures.ts'

interface DoorParts {
  world: World
  failures: Failures
  quotas: Quotas
}

/** Finds out whose key is presented, and says how many requests its organisation has left. */
export class ComplianceDoor {
  private readonly world: World
  private readonly failures: Failures
  private readonly quotas: Quotas

  constructor({ world, failures, quotas }: DoorParts) {
    this.world = world
    this.failures = failures
    this.quotas = quotas
  }

  /**
   * Neither sessions nor access tokens count here. The requests of a key that reaches several organisations are counted for
   * the first of them, as long as it reaches that one.
   * @throws GalleyError not_signed_in | token_invalid | rate_limited
   */
  async complier(req: Request, res: Response): Promise<Complier> {
    const origin = originOf(req)
    const complier = await this.failures.guard(origin.ip, async () => complierOf(this.world, keyIn(req), origin))
    const { orgId, orgIds } = complier.key
    const counted = orgIds.includes(orgId) ? orgId : (orgIds[0] ?? orgId)
    const { points, left, endsAt, refused } = await this.quotas.count('compliance_requests', counted)
    res.set({
      'anthropic-ratelimit-requests-limit': String(points),
      'anthropic-ratelimit-requests-remaining': String(left),
      'anthropic-ratelimit-requests-reset': timeOf(endsAt),
    })
    if (refused) throw refused
    return complier
  }
}

/** @throws GalleyError not_signed_in */
function keyIn(req: Request): string {
  const key = req.get('x-api-key') ?? /^Bearer +(\S+)$/i.exec(req.get('Authorization') ?? '')?.[1]
  if (key) return key
  throw new GalleyError('not_signed_in', 'Send a compliance key: x-api-key, or Authorization: Bearer.')
}
