import * as oidc from 'openid-client'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Clock, Log, Provider } from '../core/ports.ts'
import type { Store } from '../core/store-ports.ts'
import { type Attempt, Attempts } from './attempts.ts'
import { KeyRing } from './keys.ts'
import { type ClaimNames, personFrom } from './person.ts'
import { failureOf } from './provider-failure.ts'

export interface ProviderOptions {
  issuer: string
  clientId: string
  /** Absent: a public client. */
  clientSecret: string | undefined
  scopes: string
  claims: ClaimNames
  /** Addresses count as verified without `email_verified`: the provider gives out no others. */
  trustEmail: boolean
}

/**
 * One identity provider: OpenID Connect's authorization code flow, with PKCE (RFC 7636), `state` and `nonce`. The ID
 * token comes from the provider itself over TLS, which stands for its signature (OpenID Connect Core §3.1.3.7, 6).
 */
export async function openProvider(
  options: ProviderOptions,
  parts: { store: Store; clock: Clock; log: Log; publicUrl: string },
): Promise<Provider> {
  const keys = await KeyRing.open(parts.store, parts.clock)
  return new OidcProvider(options, new Attempts(keys, parts.clock, parts.publicUrl), parts)
}

class OidcProvider implements Provider {
  readonly name: string
  private readonly options: ProviderOptions
  private readonly attempts: Attempts
  private readonly log: Log
  private readonly redirectUri: string
  private configuration: Promise<oidc.Configuration> | undefined

  constructor(options: ProviderOptions, attempts: Attempts, { log, publicUrl }: { log: Log; publicUrl: string }) {
    this.name = new URL(options.issuer).host
    this.options = options
    this.attempts = attempts
    this.log = log
    this.redirectUri = `${publicUrl}/sign-in/callback`
  }

  async begin(next: string, { anew }: { anew: boolean }): Promise<{ url: string; setCookie: string }> {
    const configuration = await this.discover()
    const attempt = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      codeVerifier: oidc.randomPKCECodeVerifier(),
      next,
    }
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.redirectUri,
      scope: this.options.scopes,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
      ...(anew && { prompt: 'login' }),
    })
    return { url: url.href, setCookie: await this.attempts.keep(attempt) }
  }

  async nextOf(cookieHeader: string | undefined): Promise<string | undefined> {
    return (await this.attempts.read(cookieHeader))?.next
  }

  async finish(search: string, cookieHeader: string | undefined) {
    const attempt = await this.attempts.read(cookieHeader)
    if (!attempt) {
      throw new GalleyError(
        'sign_in_failed',
        'This sign-in was begun too long ago, or in another browser. Sign in again.',
      )
    }
    const claims = await this.claimsFor(new URL(this.redirectUri + search), attempt)
    const { claims: names, trustEmail } = this.options
    const person = personFrom(claims, { issuer: String(claims.iss), names, trustEmail })
    if (person) return { person, setCookie: this.attempts.cleared() }
    this.log.warn({ claims: Object.keys(claims) }, 'The identity provider said too little of somebody.')
    throw new GalleyError(
      'sign_in_failed',
      `${this.name} did not say enough about you: an e-mail address is needed. Whoever runs this Galley can look at GALLEY_OIDC_CLAIM_EMAIL and GALLEY_OIDC_SCOPES.`,
    )
  }

  private async claimsFor(answer: URL, { state, nonce, codeVerifier }: Attempt): Promise<Record<string, unknown>> {
    const configuration = await this.discover()
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      })
      const inToken: Record<string, unknown> = { ...tokens.claims() }
      if (this.isComplete(inToken) || !configuration.serverMetadata().userinfo_endpoint) return inToken
      const told = await oidc.fetchUserInfo(configuration, tokens.access_token, String(inToken.sub))
      return { ...inToken, ...told, iss: inToken.iss }
    } catch (error) {
      throw this.failure(error)
    }
  }

  /** Whatever is wanted and not in the ID token, the provider may say when it is asked. */
  private isComplete(claims: Record<string, unknown>): boolean {
    const { org, email, name, groups } = this.options.claims
    const wanted = [email, 'email_verified', name, groups, ...(org === undefined ? [] : [org])]
    return wanted.every(claim => claims[claim] !== undefined)
  }

  /** Asked for when first needed, so that a provider out of reach keeps nobody from starting; and again after a failure. */
  private discover(): Promise<oidc.Configuration> {
    const { issuer, clientId, clientSecret } = this.options
    this.configuration ??= oidc
      .discovery(new URL(issuer), clientId, {}, clientSecret ? oidc.ClientSecretBasic(clientSecret) : oidc.None(), {
        timeout: limits.providerAnswer / 1000,
        ...(issuer.startsWith('http:') && { execute: [oidc.allowInsecureRequests] }),
      })
      .catch(error => {
        this.configuration = undefined
        throw this.failure(error)
      })
    return this.configuration
  }

  private failure(error: unknown): unknown {
    this.log.warn({ err: error, provider: this.name }, 'The identity provider did not sign somebody in.')
    return failureOf(error, this.name) ?? error
  }
}
