import { idPrefixes, isId } from '../../shared/ids.ts'
import { UsageError } from './usage.ts'

/**
 * @param name how the setting is called where it was made, for the refusal
 * @returns the origin of an app
 * @throws UsageError
 */
export function originFrom(text: string, name: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`${name} is no URL: ${text}`)
  const { href, origin, protocol, hostname } = new URL(text)
  if (href !== `${origin}/`) throw new UsageError(`${name} is more than an origin: leave it at ${origin}`)
  if (protocol === 'http:' && !/^(?:(?:.+\.)?localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)) {
    throw new UsageError(`${name} must be https: over http, anybody on the way to ${hostname} could take the token.`)
  }
  return origin
}

/** A page as it was named: by its address, which says the server too, or by its id alone. */
export interface NamedPage {
  artifactId: string
  /** Origin of the app, from an address. */
  server: string | undefined
}

/**
 * @param text the URL of a page, or an artifact's id
 * @param name of the option or argument, for the refusal
 * @throws UsageError
 */
export function pageFrom(text: string, name: string): NamedPage {
  if (isId('artifact', text)) return { artifactId: text, server: undefined }
  const wanted = `takes the address of a page or its id (${idPrefixes.artifact}…)`
  if (text === '') throw new UsageError(`${name} is empty: it ${wanted}.`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  const id = url && /^\/a\/([^/]+)\/?$/.exec(url.pathname)?.[1]
  if (!url || !isId('artifact', id)) throw new UsageError(`${name} ${wanted}, not ${text}`)
  return { artifactId: id, server: originFrom(url.origin, name) }
}
