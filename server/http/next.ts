/**
 * Where to go after signing in, from the `next` of an address anybody may have written: a path of this origin, else `/`.
 * Browsers read `//host`, `/\host` and `/⇥/host` as another origin, and `/.//host` becomes the first once its dots are
 * resolved, so what the URL parser makes of it is checked, not only what was sent.
 */
export function safeNext(next: unknown): string {
  const fallback = '/'
  if (typeof next !== 'string' || !next.startsWith('/')) return fallback
  const base = 'http://origin.invalid'
  if (!URL.canParse(next, base)) return fallback
  const { origin, pathname, search, hash } = new URL(next, base)
  if (origin !== base || pathname.startsWith('//')) return fallback
  return pathname + search + hash
}

/**
 * Where one is sent off to the identity provider.
 * @param next a path of this origin
 * @param options.anew to sign in as somebody else than the provider knows this browser by
 */
export const startOf = (next: string, { anew = false } = {}): string =>
  `/sign-in/start?${anew ? 'anew&' : ''}next=${encodeURIComponent(next)}`
