import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { z } from 'zod'
import { limits } from '../../shared/limits.ts'
import type { Clock } from '../core/ports.ts'
import type { SigningKey } from '../core/records.ts'
import type { Store } from '../core/store-ports.ts'

export const algorithm = 'EdDSA'

/** An Ed25519 private key as kept (RFC 8037). */
const privateJwk = z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() })

interface Key {
  kid: string
  publicJwk: JWK
  verify: CryptoKey
  sign: CryptoKey
}

/** A fresh key, named by its thumbprint (RFC 7638). The newest one in the store that is not retired signs. */
export async function newSigningKey(createdAt: number): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true })
  const jwk = await exportJWK(privateKey)
  return {
    kid: await calculateJwkThumbprint(jwk),
    alg: algorithm,
    jwk: JSON.stringify(jwk),
    createdAt,
    retiredAt: null,
  }
}

/**
 * This node's copy of the store's signing keys. A key it does not know makes it read them again, as one that another
 * node has added would be; a flood of made-up ones does so at most once in limits.signingKeysRetry.
 */
export class KeyRing {
  private readonly store: Store
  private readonly clock: Clock
  private keys: ReadonlyMap<string, Key> = new Map()
  private signing: Key | undefined
  private readAt = Number.NEGATIVE_INFINITY
  private reading: Promise<void> | undefined

  private constructor(store: Store, clock: Clock) {
    this.store = store
    this.clock = clock
  }

  /** Makes the first key where there is none; of several nodes that start at once each reads back what was kept. */
  static async open(store: Store, clock: Clock): Promise<KeyRing> {
    const fresh = await newSigningKey(clock.now())
    await store.transaction('any', async tx => {
      const keys = await tx.signingKeys()
      if (keys.every(key => key.retiredAt !== null)) await tx.addSigningKey(fresh)
    })
    const ring = new KeyRing(store, clock)
    await ring.readIfOlderThan(0)
    return ring
  }

  /** The key that checks what `kid` signed, retired or not. The header's `kid` does nothing but name one of ours. */
  async verifier(kid: unknown): Promise<CryptoKey | undefined> {
    if (typeof kid !== 'string') return undefined
    if (!this.keys.has(kid)) await this.readIfOlderThan(limits.signingKeysRetry)
    return this.keys.get(kid)?.verify
  }

  async signer(): Promise<{ kid: string; key: CryptoKey }> {
    await this.readIfOlderThan(limits.signingKeysKept)
    if (!this.signing) throw new Error('Every signing key is retired.')
    return { kid: this.signing.kid, key: this.signing.sign }
  }

  async publicKeys(): Promise<JWK[]> {
    await this.readIfOlderThan(limits.signingKeysKept)
    return [...this.keys.values()].map(key => key.publicJwk)
  }

  private async readIfOlderThan(age: number): Promise<void> {
    const now = this.clock.now()
    if (now - this.readAt < age) return this.reading
    this.readAt = now
    this.reading = this.read().finally(() => {
      this.reading = undefined
    })
    return this.reading
  }

  private async read(): Promise<void> {
    const rows = (await this.store.signingKeys()).toSorted(
      (a, b) => b.createdAt - a.createdAt || (a.kid < b.kid ? -1 : 1),
    )
    const keys = await Promise.all(rows.map(toKey))
    const signing = rows.find(row => row.retiredAt === null)?.kid
    this.keys = new Map(keys.map(key => [key.kid, key]))
    this.signing = keys.find(key => key.kid === signing)
  }
}

async function toKey(row: SigningKey): Promise<Key> {
  const { d, ...open } = privateJwk.parse(JSON.parse(row.jwk))
  const [verify, sign] = await Promise.all([importJWK(open, row.alg), importJWK({ ...open, d }, row.alg)])
  return { kid: row.kid, publicJwk: { ...open, kid: row.kid, alg: row.alg, use: 'sig' }, verify, sign }
}
