import { idPrefixes, isId } from '../../shared/ids.ts'

/** Something was asked for in a way that cannot be meant: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Where to publish, and as whom. */
export interface Server {
  /** Origin of the app. */
  url: string
  token: string
}

/** @throws UsageError */
export function serverFrom(env: Readonly<Record<string, string | undefined>>): Server {
  const { GALLEY_URL: url, GALLEY_TOKEN: token } = env
  if (!url) throw new UsageError('Say where to publish: set GALLEY_URL, for instance to http://localhost:3000.')
  if (!token) throw new UsageError('Say as whom: set GALLEY_TOKEN, to what "galley token create" has printed.')
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`GALLEY_URL is no URL: ${url}`)
  const { href, origin, protocol, hostname } = new URL(url)
  if (href !== `${origin}/`) throw new UsageError(`GALLEY_URL is more than an origin: leave it at ${origin}`)
  if (protocol === 'http:' && !/^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)) {
    throw new UsageError(`GALLEY_URL must be https: over http, anybody on the way to ${hostname} could take the token.`)
  }
  return { url: origin, token }
}

/**
 * @param to the URL of a page, or an artifact's id
 * @returns the artifact's id
 * @throws UsageError
 */
export function artifactIdFrom(to: string, server: Server): string {
  if (isId('artifact', to)) return to
  const url = URL.canParse(to) ? new URL(to) : undefined
  const id = url && /^\/a\/([^/]+)\/?$/.exec(url.pathname)?.[1]
  const wanted = `takes the address of a page or its id (${idPrefixes.artifact}…)`
  if (to === '') throw new UsageError(`--to is empty: it ${wanted}.`)
  if (!url || !isId('artifact', id)) throw new UsageError(`--to ${wanted}, not ${to}`)
  if (url.origin !== server.url) {
    throw new UsageError(
      `That page is on ${url.origin}, but GALLEY_URL is ${server.url}. A token belongs to one server.`,
    )
  }
  return id
}
