import * as oidc from 'openid-client'
import { z } from 'zod'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import type { Clock, Log, ProvedPerson, Provider, Store } from '../core/ports.ts'
import { Attempts } from './attempts.ts'
import { KeyRing } from './keys.ts'

/** One identity provider: OpenID Connect's authorization code flow, with PKCE (RFC 7636), `state` and `nonce`. */
export interface ProviderOptions {
  issuer: string
  clientId: string
  /** Absent: a public client. */
  clientSecret: string | undefined
  scopes: string
  /** Names of claims. `org` undefined: everybody who can sign in is of the one organisation there is. */
  claims: { org: string | undefined; email: string; name: string; groups: string }
  /** Addresses count as verified without `email_verified`: the provider gives out no others. */
  trustEmail: boolean
}

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

  async begin(next: string): Promise<{ url: string; setCookie: string }> {
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
    })
    return { url: url.href, setCookie: await this.attempts.keep(attempt) }
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
    return { person: this.personFrom(claims), next: attempt.next, setCookie: this.attempts.cleared() }
  }

  private async claimsFor(
    answer: URL,
    { state, nonce, codeVerifier }: { state: string; nonce: string; codeVerifier: string },
  ) {
    const configuration = await this.discover()
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      })
      const inToken: Record<string, unknown> = { ...tokens.claims() }
      const { org, email, name, groups } = this.options.claims
      const wanted = [email, 'email_verified', name, groups, ...(org === undefined ? [] : [org])]
      const complete = wanted.every(claim => inToken[claim] !== undefined)
      if (complete || !configuration.serverMetadata().userinfo_endpoint) return inToken
      return { ...inToken, ...(await oidc.fetchUserInfo(configuration, tokens.access_token, String(inToken.sub))) }
    } catch (error) {
      throw this.failure(error)
    }
  }

  private personFrom(claims: Record<string, unknown>): ProvedPerson {
    const { issuer, trustEmail, claims: names } = this.options
    const parsed = person.safeParse({
      subject: claims.sub,
      email: claims[names.email],
      name: claims[names.name],
      groups: claims[names.groups],
      // Asked for and not there is not the same as not asked for: whoever has none is of no organisation here.
      orgs: names.org === undefined ? undefined : (claims[names.org] ?? []),
    })
    if (!parsed.success) {
      this.log.warn({ claims: Object.keys(claims) }, 'The identity provider said too little of somebody.')
      throw new GalleyError(
        'sign_in_failed',
        `${this.name} did not say enough about you: an e-mail address is needed. Whoever runs this Galley can look at GALLEY_OIDC_CLAIM_EMAIL and GALLEY_OIDC_SCOPES.`,
      )
    }
    // OpenID Connect Core §5.1 says it of `email`, and of no other claim.
    const said = names.email === 'email' && (claims.email_verified === true || claims.email_verified === 'true')
    const emailVerified = trustEmail || said
    return { issuer, ...parsed.data, name: parsed.data.name ?? parsed.data.email, emailVerified }
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
    if (error instanceof oidc.AuthorizationResponseError) {
      const declined = error.error === 'access_denied'
      return new GalleyError(
        'sign_in_failed',
        declined ? 'The sign-in was cancelled.' : `${this.name} refused the sign-in (${error.error}). Try again.`,
      )
    }
    if (answeredWrongly(error)) {
      return new GalleyError(
        'sign_in_failed',
        'This sign-in does not fit the one begun in this browser. Sign in again.',
      )
    }
    this.log.warn({ err: error, provider: this.name }, 'The identity provider did not sign somebody in.')
    if (error instanceof oidc.ClientError || error instanceof oidc.ResponseBodyError || error instanceof TypeError) {
      return new GalleyError(
        'provider_unavailable',
        `${this.name} could not sign you in just now. Try again in a moment.`,
      )
    }
    return error
  }
}

/** One or several; what is no text among them is left out. */
const texts = z.union([
  z.string().transform(one => [one]),
  z.array(z.unknown()).transform(all => all.filter(one => typeof one === 'string')),
])

/** The browser came back with something other than it was sent for, or a second time: to begin again helps. */
const answeredWrongly = (error: unknown): boolean =>
  (error instanceof oidc.ResponseBodyError && error.error === 'invalid_grant') ||
  (error instanceof oidc.ClientError && error.code === 'OAUTH_INVALID_RESPONSE')

const person = z.object({
  subject: z.string().min(1),
  email: z.string().trim().max(limits.emailChars).pipe(z.email()),
  name: z.string().trim().min(1).max(limits.nameChars).optional().catch(undefined),
  groups: texts
    .transform(names => names.filter(name => name.length <= limits.groupChars).slice(0, limits.groupsOfMember))
    .catch([]),
  orgs: texts.optional(),
})
