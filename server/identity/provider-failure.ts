import * as oidc from 'openid-client'
import { GalleyError } from '../../shared/errors.ts'

/**
 * What a person is told when the provider did not sign them in. `sign_in_failed`: to begin again may help, or nothing
 * will · `provider_unavailable`: to wait may help. Undefined: it is no failure of the provider's, but one of ours.
 * @param provider its name
 */
export function failureOf(error: unknown, provider: string): GalleyError | undefined {
  if (error instanceof oidc.AuthorizationResponseError) return declined(error.error, provider)
  if (error instanceof oidc.ResponseBodyError && error.status < 500) return refused(error.error, provider)
  if (error instanceof oidc.WWWAuthenticateChallengeError) return refused('invalid_client', provider)
  if (error instanceof oidc.ClientError && isAboutAnswer(error)) return unfit()
  if (error instanceof oidc.ClientError || error instanceof oidc.ResponseBodyError || error instanceof TypeError) {
    return unavailable(provider)
  }
  return undefined
}

/** What the browser came back with from the authorization endpoint (RFC 6749 §4.1.2.1). */
function declined(code: string, provider: string): GalleyError {
  if (code === 'access_denied') return new GalleyError('sign_in_failed', 'The sign-in was cancelled.')
  if (code === 'server_error' || code === 'temporarily_unavailable') return unavailable(provider)
  return refused(code, provider)
}

/** `invalid_grant` is of a code that was used before or is too old; the rest is for whoever runs this to put right. */
const refused = (code: string, provider: string): GalleyError =>
  code === 'invalid_grant' ? unfit() : new GalleyError('sign_in_failed', `${provider} refused the sign-in (${code}).`)

/** `state`, `nonce`, `iss`, signature, times: the answer is to another question, or was changed on the way. */
const isAboutAnswer = ({ code }: oidc.ClientError): boolean =>
  code === 'OAUTH_INVALID_RESPONSE' ||
  code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED' ||
  code === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED' ||
  code === 'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED'

const unfit = () =>
  new GalleyError('sign_in_failed', 'This sign-in does not fit the one begun in this browser. Sign in again.')

const unavailable = (provider: string) =>
  new GalleyError('provider_unavailable', `${provider} could not sign you in just now. Try again in a moment.`)
