import type { Request } from 'express'
import { type PageType, pageTypes, publishQuery, sha256 } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits, MiB } from '../../shared/limits.ts'
import type { Upload } from '../core/draft.ts'
import type { Outcome } from '../core/once.ts'
import type { Actor, Metrics, Quotas } from '../core/ports.ts'
import type { IfMatch } from '../core/publish.ts'
import type { Bodies, BodyRules } from './body.ts'
import { isVersionNumber, parse } from './parse.ts'
import { toGalleyError } from './problem.ts'
import { statusOf } from './status.ts'

/** Takes in the pages that are published, of everybody as many as may be. */
export class Uploads {
  private readonly bodies: Bodies
  private readonly quotas: Quotas
  private readonly metrics: Metrics

  constructor(bodies: Bodies, quotas: Quotas, metrics: Metrics) {
    this.bodies = bodies
    this.quotas = quotas
    this.metrics = metrics
  }

  /** @throws GalleyError rate_limited | as Bodies.upload, and what `publish` throws */
  async receive(req: Request, actor: Actor, publish: (body: Uint8Array) => Promise<Outcome>): Promise<Outcome> {
    try {
      const outcome = await this.take(req, actor, publish)
      this.metrics.outcome('publishes', outcome.created ? 'kept' : 'unchanged')
      return outcome
    } catch (error) {
      this.metrics.outcome('publishes', statusOf[toGalleyError(error).code] < 500 ? 'refused' : 'failed')
      throw error
    }
  }

  /**
   * Who has none left is told so before the body is received; bytes count once they are here, so that a body that was
   * refused or cut off costs nothing of what all of an organisation may publish.
   */
  private async take<T>(req: Request, actor: Actor, use: (body: Uint8Array) => Promise<T>): Promise<T> {
    const { orgId, credential } = actor
    await this.quotas.take('publishes', credential.id)
    await this.quotas.take('org_publishes', orgId)
    await this.quotas.check('org_bytes', orgId)
    return this.bodies.upload(req, orgId, uploadRules, async body => {
      await this.quotas.take('org_bytes', orgId, body.byteLength)
      return use(body)
    })
  }
}

/**
 * All that a publish says before its body, so that nothing is received in vain.
 * @throws GalleyError unsupported_type | unsupported_encoding | invalid_request
 */
export const uploadHead = (req: Request): Omit<Upload, 'body'> => ({
  type: pageType(req.get('Content-Type')),
  bodyEncoding: bodyEncoding(req.get('Content-Encoding')),
  query: parse(publishQuery, req.query),
  idempotencyKey: idempotencyKey(req.get('Idempotency-Key')),
})

const uploadRules: BodyRules = {
  limit: limits.sourceBytes,
  tooLarge(size) {
    const allowed = `${limits.sourceBytes / MiB} MiB (${limits.sourceBytes} bytes)`
    const sentence =
      size === undefined ? `more than the ${allowed} that are allowed` : `${size} bytes; ${allowed} are allowed`
    return new GalleyError('page_too_large', `The page has ${sentence}. Make it smaller.`, {
      limit: limits.sourceBytes,
      ...(size !== undefined && { size }),
    })
  },
}

function pageType(header: string | undefined): PageType {
  const [essence = '', ...parameters] = (header ?? '')
    .toLowerCase()
    .split(';')
    .map(part => part.trim())
  const type = pageTypes.find(type => type === essence)
  const plain = parameters.every(parameter => /^(?!charset=)|^charset="?utf-?8"?$/.test(parameter))
  if (type && plain) return type
  throw new GalleyError(
    'unsupported_type',
    `A page is HTML or Markdown in UTF-8: send it with Content-Type: ${pageTypes.join(' or ')}.`,
  )
}

function bodyEncoding(header: string | undefined): Upload['bodyEncoding'] {
  const encoding = (header ?? 'identity').trim().toLowerCase()
  if (encoding === 'gzip' || encoding === 'br' || encoding === 'identity') return encoding
  throw new GalleyError('unsupported_encoding', 'A page can be sent with Content-Encoding gzip or br, or with none.')
}

const keyShape = new RegExp(`^[\\x21-\\x7e]{1,${limits.idempotencyKeyChars}}$`)

function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined || keyShape.test(header)) return header
  throw new GalleyError(
    'invalid_request',
    `An Idempotency-Key has 1 to ${limits.idempotencyKeyChars} printable characters without spaces.`,
  )
}

/**
 * RFC 9110 §13.1.1. An entity tag that no version has, a weak one among them, matches nothing; it is no error.
 * @throws GalleyError invalid_request
 */
export function ifMatch(header: string | undefined): IfMatch {
  if (header === undefined || header.trim() === '*') return 'any'
  const tags = header.split(',').map(tag => tag.trim())
  if (!tags.every(tag => /^(?:W\/)?"[^"]*"$/.test(tag))) {
    throw new GalleyError('invalid_request', 'If-Match names the version you have seen in quotes: If-Match: "3".')
  }
  return tags
    .filter(tag => tag.startsWith('"'))
    .map(tag => tag.slice(1, -1))
    .flatMap<number | string>(text => {
      if (sha256.safeParse(text).success) return [text]
      return isVersionNumber(text) ? [Number(text)] : []
    })
}
