import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { GalleyError } from '../../shared/errors.ts'
import { KiB, limits } from '../../shared/limits.ts'
import { Budget, type Share } from './budget.ts'
import { parse } from './parse.ts'

export interface BodyRules {
  /** As sent: compressed bytes count as such. */
  limit: number
  /** @param size where it was declared */
  tooLarge: (size: number | undefined) => GalleyError
}

/** Milliseconds in which a page, or a JSON body, must have arrived. */
export interface Deadlines {
  upload: number
  json: number
}

/**
 * Reads request bodies: within a limit, a deadline and a budget, whatever the sender says or does. JSON has a budget of
 * its own, because anybody may send some: what fills it stops no publishing.
 */
export class Bodies {
  private readonly deadlines: Deadlines
  private readonly uploads = new Budget({
    total: limits.uploadBudgetBytes,
    each: limits.uploadBytesPerOrg,
    atOnce: limits.uploadsPerOrg,
  })
  private readonly jsons = new Budget({
    total: limits.jsonBudgetBytes,
    each: limits.jsonBytesPerCaller,
    atOnce: limits.jsonPerCaller,
  })

  constructor(deadlines: Deadlines) {
    this.deadlines = deadlines
  }

  /**
   * Hands the page to `use`, and holds its share of the organisation's budget until that is done.
   * @throws GalleyError too_slow | overloaded | rate_limited | invalid_request (cut short) | what `tooLarge` makes
   */
  async upload<T>(
    req: IncomingMessage,
    orgId: string,
    rules: BodyRules,
    use: (body: Uint8Array) => Promise<T>,
  ): Promise<T> {
    const declared = declaredSize(req, rules)
    const share = this.uploads.open(orgId)
    try {
      return await use(await read(req, new Held(share, rules, declared ?? rules.limit), this.deadlines.upload))
    } finally {
      share.close()
    }
  }

  /**
   * A JSON body.
   * @param caller who the bytes count for: the organisation, or the address of somebody who is not signed in
   * @throws GalleyError unsupported_type | unsupported_encoding | body_too_large | too_slow | overloaded | rate_limited |
   *   invalid_request
   */
  async json<T>(
    req: IncomingMessage,
    caller: string,
    schema: z.ZodType<T>,
    limit: number = limits.jsonBytes,
  ): Promise<T> {
    requireType(req, 'application/json', 'JSON')
    return parse(schema, readJson(await this.small(req, caller, limit)))
  }

  /**
   * A form, as OAuth has it (RFC 6749 §3.2): no parameter twice, and one without a value counts as left out.
   * @param caller as above
   * @throws GalleyError as above
   */
  async form(req: IncomingMessage, caller: string, limit: number): Promise<Readonly<Record<string, string>>> {
    requireType(req, 'application/x-www-form-urlencoded', 'a form')
    const sent = new TextDecoder().decode(await this.small(req, caller, limit))
    const given = [...new URLSearchParams(sent)].filter(([, value]) => value !== '')
    const form = new Map(given)
    if (form.size < given.length) throw new GalleyError('invalid_request', 'A parameter may be given once only.')
    return Object.fromEntries(form)
  }

  private async small(req: IncomingMessage, caller: string, limit: number): Promise<Uint8Array> {
    const rules = { limit, tooLarge: (size: number | undefined) => tooLarge(limit, size) }
    const declared = declaredSize(req, rules)
    const share = this.jsons.open(caller)
    try {
      return await read(req, new Held(share, rules, declared ?? limit), this.deadlines.json)
    } finally {
      share.close()
    }
  }
}

/** Compressed bodies are refused: these are small, and a bomb would be inflated before it could be measured. */
function requireType(req: IncomingMessage, wanted: string, name: string): void {
  const type = req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== wanted) {
    throw new GalleyError('unsupported_type', `Send ${name}, with the header Content-Type: ${wanted}.`)
  }
  if ((req.headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new GalleyError('unsupported_encoding', 'This is not taken compressed. Send it without Content-Encoding.')
  }
}

/** @throws what `tooLarge` makes: before a byte is read */
function declaredSize(req: IncomingMessage, rules: BodyRules): number | undefined {
  const declared = Number(req.headers['content-length'] ?? Number.NaN)
  if (declared > rules.limit) throw rules.tooLarge(declared)
  return declared >= 0 ? declared : undefined
}

function read(req: IncomingMessage, held: Held, deadline: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const finish = (error?: unknown) => {
      clearTimeout(timer)
      req.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      if (error === undefined) return resolve(held.bytes())
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
    const timer = setTimeout(() => finish(tooSlow(deadline)), deadline)
    req.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
    // Whoever has hung up by now says so no more.
    if (req.destroyed) onClose()
  })
}

/** One growing buffer: a sender of one-byte chunks must not make an object of each, many times the size of its byte. */
class Held {
  private readonly share: Share
  private readonly rules: BodyRules
  private readonly most: number
  private buffer = Buffer.alloc(0)
  private size = 0

  /** @param most what there will be, where that is known: so that no more is held in the end, nor copied once more */
  constructor(share: Share, rules: BodyRules, most: number) {
    this.share = share
    this.rules = rules
    this.most = most
  }

  /** @throws GalleyError overloaded | rate_limited | what `tooLarge` makes, as soon as the limit is passed */
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

  private grow(needed: number): void {
    const capacity = Math.min(this.most, Math.max(needed, 2 * this.buffer.byteLength, 16 * KiB))
    this.share.take(capacity - this.buffer.byteLength)
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

const tooLarge = (limit: number, size: number | undefined): GalleyError =>
  new GalleyError('body_too_large', `This body may be ${limit} bytes long at most.`, {
    limit,
    ...(size !== undefined && { size }),
  })
