import type { z } from 'zod'
import type { OAuthError } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { retryAfterOf } from './problem.ts'
import type { Handler } from './resource.ts'
import { statusOf } from './status.ts'

/** How OAuth clients are answered, which know nothing of our problems: RFC 6749 §5, and for devices RFC 8628 §3.5. */

/** @param description a sentence for whoever writes a client, in ASCII */
export class OAuthRefusal extends Error {
  override readonly name = 'OAuthRefusal'
  readonly error: OAuthError['error']

  constructor(error: OAuthError['error'], description: string) {
    super(description)
    this.error = error
  }
}

/** A handler whose refusals go out as OAuth has them. What is no client's fault (500, 503) stays a problem. */
export const oauth =
  (handler: Handler): Handler =>
  async (req, res) => {
    try {
      await handler(req, res)
    } catch (thrown) {
      const { status, error, message } = refusalOf(thrown)
      // RFC 9110 §15.5.2 asks for a challenge; a public client has no secret to answer it with.
      if (status === 401) res.set('WWW-Authenticate', 'Basic realm="Galley"')
      if (status === 429) res.set('Retry-After', retryAfterOf(thrown))
      const body: OAuthError = { error, error_description: describable(message) }
      res.status(status).json(body)
    }
  }

/** @throws what it is given, where that is no client's fault */
function refusalOf(thrown: unknown): { status: number; error: OAuthError['error']; message: string } {
  if (thrown instanceof OAuthRefusal) {
    const { error, message } = thrown
    return { status: error === 'invalid_client' ? 401 : 400, error, message }
  }
  if (!(thrown instanceof GalleyError) || statusOf[thrown.code] >= 500) throw thrown
  const { code, message } = thrown
  if (code === 'rate_limited') return { status: 429, error: 'slow_down', message }
  return { status: 400, error: code === 'device_code_invalid' ? 'invalid_grant' : 'invalid_request', message }
}

/** RFC 6749 §5.2 allows no quotes, backslashes or anything beyond ASCII in a description. */
const describable = (text: string): string => text.replaceAll(/["\\]/g, "'").replaceAll(/[^\x20-\x7e]/g, '?')

/** What is wrong with which parameter, where it is there at all. */
const faults: Readonly<Record<string, OAuthError['error']>> = {
  client_id: 'invalid_client',
  grant_type: 'unsupported_grant_type',
  scope: 'invalid_scope',
}

/** @throws OAuthRefusal, of the first parameter that is not as it should be; those nobody knows are passed over */
export function understand<T>(schema: z.ZodType<T>, form: Readonly<Record<string, string>>): T {
  const parsed = schema.safeParse(form)
  if (parsed.success) return parsed.data
  const name = String(parsed.error.issues[0]?.path[0])
  if (form[name] === undefined) throw new OAuthRefusal('invalid_request', `The parameter ${name} is missing.`)
  throw new OAuthRefusal(faults[name] ?? 'invalid_request', `The parameter ${name} is not as it should be.`)
}
