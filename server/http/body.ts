import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { GalleyError } from '../../shared/errors.ts'
import { KiB, limits } from '../../shared/limits.ts'
import type { Budget } from './budget.ts'
import { parse } from './parse.ts'

export interface BodyRules {
  /** As sent: compressed bytes count as such. */
  limit: number
  /** @param size where it was declared */
  tooLarge: (size: number | undefined) => GalleyError
}

/** Reads request bodies: within a limit, a deadline and the node's budget, whatever the sender says or does. */
export class Bodies {
  private readonly budget: Budget
  private readonly deadline: number

  /** @param deadline milliseconds in which a body must be complete */
  constructor(budget: Budget, deadline: number) {
    this.budget = budget
    this.deadline = deadline
  }

  /**
   * Hands the body to `use`, and holds its share of the budget until that is done. A declared size over the limit is
   * refused before a byte is read, an undeclared one as soon as it has passed the limit.
   * @throws GalleyError too_slow | overloaded | invalid_request (cut short) | what `tooLarge` makes
   */
  async with<T>(req: IncomingMessage, rules: BodyRules, use: (body: Uint8Array) => Promise<T>): Promise<T> {
    const declared = Number(req.headers['content-length'] ?? Number.NaN)
    if (declared > rules.limit) throw rules.tooLarge(declared)
    const held = new Held(this.budget, rules, declared >= 0 ? declared : rules.limit)
    try {
      await this.read(req, held)
      return await use(held.bytes())
    } finally {
      held.release()
    }
  }

  /**
   * A JSON body. Compressed ones are refused: they are small, and a bomb would be inflated before it could be measured.
   * @throws GalleyError unsupported_type | unsupported_encoding | body_too_large | too_slow | overloaded | invalid_request
   */
  async json<T>(req: IncomingMessage, schema: z.ZodType<T>): Promise<T> {
    const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
    if (type !== 'application/json') {
      throw new GalleyError('unsupported_type', 'Send JSON, with the header Content-Type: application/json.')
    }
    if ((req.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
      throw new GalleyError('unsupported_encoding', 'JSON is not taken compressed. Send it without Content-Encoding.')
    }
    const value = await this.with(req, { limit: limits.jsonBytes, tooLarge: jsonTooLarge }, async body =>
      readJson(body),
    )
    return parse(schema, value)
  }

  private read(req: IncomingMessage, held: Held): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: unknown) => {
        clearTimeout(timer)
        req.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
        if (error === undefined) return resolve()
        req.pause()
        reject(error)
      }
      const onData = (chunk: Buffer) => {
        try {
          held.add(chunk)
        } catch (error) {
          finish(error)
        }
      }
      const onEnd = () => finish()
      const onClose = () => finish(new GalleyError('invalid_request', 'The body ended before it was complete.'))
      const timer = setTimeout(() => finish(tooSlow(this.deadline)), this.deadline)
      req.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
    })
  }
}

/** One growing buffer: a sender of one-byte chunks must not make an object of each, many times the size of its byte. */
class Held {
  private readonly budget: Budget
  private readonly rules: BodyRules
  private readonly most: number
  private buffer = Buffer.alloc(0)
  private size = 0

  /** @param most what there will be, where that is known: so that no more is held in the end, nor copied once more */
  constructor(budget: Budget, rules: BodyRules, most: number) {
    this.budget = budget
    this.rules = rules
    this.most = most
  }

  add(chunk: Buffer): void {
    const size = this.size + chunk.byteLength
    if (size > this.rules.limit) throw this.rules.tooLarge(undefined)
    if (size > this.buffer.byteLength) this.grow(size)
    chunk.copy(this.buffer, this.size)
    this.size = size
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.size)
  }

  release(): void {
    this.budget.give(this.buffer.byteLength)
    this.buffer = Buffer.alloc(0)
  }

  private grow(needed: number): void {
    const capacity = Math.min(this.most, Math.max(needed, 2 * this.buffer.byteLength, 16 * KiB))
    this.budget.take(capacity - this.buffer.byteLength)
    const grown = Buffer.allocUnsafeSlow(capacity)
    this.buffer.copy(grown, 0, 0, this.size)
    this.buffer = grown
  }
}

function readJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new GalleyError('invalid_request', 'The body is not JSON.')
  }
}

const tooSlow = (deadline: number): GalleyError =>
  new GalleyError('too_slow', `The body did not arrive within ${deadline / 1000} seconds. Send it again.`)

const jsonTooLarge = (size: number | undefined): GalleyError =>
  new GalleyError('body_too_large', `A JSON body may be ${limits.jsonBytes} bytes long at most.`, {
    limit: limits.jsonBytes,
    ...(size !== undefined && { size }),
  })
