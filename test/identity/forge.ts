import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { Ground } from '../../server/core/world.ts'

export interface Forgery {
  header?: Record<string, unknown>
  /** `undefined` takes a claim away. */
  claims?: Record<string, unknown>
  key?: Parameters<SignJWT['sign']>[0]
}

/** The header and claims of a JWT as they are, with some changed, signed by the server's own key or by another. */
export async function forge(
  ground: Pick<Ground, 'store'>,
  jwt: string,
  { header, claims, key }: Forgery,
): Promise<string> {
  const [kept] = await ground.store.signingKeys()
  if (!kept) throw new Error('there is no key')
  const parts = { header: { ...part(jwt, 0), ...header }, claims: { ...part(jwt, 1), ...claims } }
  return new SignJWT(parts.claims as JWTPayload)
    .setProtectedHeader({ alg: 'EdDSA', ...parts.header })
    .sign(key ?? (await importJWK(JSON.parse(kept.jwk) as JWK, 'EdDSA')), { crit: { 'x-rule': true } })
}

/** What a JWT's header (0) or payload (1) says. */
export const part = (jwt: string, index: 0 | 1): Record<string, unknown> =>
  JSON.parse(Buffer.from(jwt.split('.')[index] ?? '', 'base64url').toString()) as Record<string, unknown>

export const unsigned = (header: object, claims: object): string =>
  `${[header, claims].map(json => Buffer.from(JSON.stringify(json)).toString('base64url')).join('.')}.`
