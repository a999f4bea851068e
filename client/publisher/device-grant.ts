import { setTimeout as sleep } from 'node:timers/promises'
import * as oauth from 'openid-client'
import { type DeviceAuthorization, deviceAuthorization, deviceClientId, deviceGrantType } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { noGalley, UnreachableError, unreachable } from '../sdk/client.ts'
import { oneLine } from './table.ts'
import type { Terminal } from './terminal.ts'

/**
 * The device's side of RFC 8628. What is sent and what is answered is openid-client's to know; the waiting is ours,
 * because it has to end at once on Ctrl-C, and to outlive a network that comes and goes (§3.5).
 */
export interface DeviceGrant {
  server: string
  config: oauth.Configuration
  codes: DeviceAuthorization
  /** Milliseconds since 1970. */
  expiresAt: number
}

/**
 * @param server origin of the app
 * @throws UnreachableError · Error with a sentence · what `terminal.signal` was aborted with
 */
export async function beginDeviceGrant(server: string, deviceName: string, terminal: Terminal): Promise<DeviceGrant> {
  const { signal } = terminal
  try {
    const config = await oauth.discovery(new URL(server), deviceClientId, undefined, oauth.None(), {
      algorithm: 'oauth2',
      timeout: limits.deviceAnswer / 1000,
      // The command speaks http to this machine alone (server.ts).
      execute: server.startsWith('http:') ? [oauth.allowInsecureRequests] : [],
      [oauth.customFetch]: (url, init) => fetch(url, asOurs(init, terminal)),
    })
    const answer = await oauth.initiateDeviceAuthorization(config, { device_name: deviceName })
    const codes = deviceAuthorization.safeParse(answer)
    if (!codes.success || !isOn(server, codes.data)) throw noGalley(server, 200)
    return { server, config, codes: codes.data, expiresAt: Date.now() + codes.data.expires_in * 1000 }
  } catch (error) {
    signal.throwIfAborted()
    throw refusal(server, error)
  }
}

/** What openid-client sends, as ours: it says who asks, and ends at once when the command does. */
function asOurs(init: oauth.CustomFetchOptions, { version, signal }: Terminal): RequestInit {
  const headers = { ...init.headers, 'user-agent': `galley/${version}` }
  const signals = [signal, init.signal].filter(each => each !== undefined)
  // Its types name kinds of bodies that Node's do not, and which it does not send.
  return { ...(init as RequestInit), headers, signal: AbortSignal.any(signals) }
}

/** A browser is about to be sent there: to that server, and to nothing that only looks like an address of it. */
const isOn = (server: string, codes: DeviceAuthorization): boolean =>
  [codes.verification_uri, codes.verification_uri_complete].every(url => new URL(url).origin === server)

/**
 * Until somebody has said yes.
 * @param note hears, once each time, that the network is gone
 * @returns the token
 * @throws Error with a sentence: somebody said no, or nobody anything · what `signal` was aborted with
 */
export async function waitForToken(
  { server, config, codes, expiresAt }: DeviceGrant,
  signal: AbortSignal,
  note: (text: string) => void,
): Promise<string> {
  let interval = codes.interval * 1000
  // Which is between two questions: whoever is quick waits no longer for the first.
  let pause: number = limits.devicePollFirst
  let isLost = false
  for (;;) {
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted())
    try {
      const { device_code } = codes
      return (await oauth.genericGrantRequest(config, deviceGrantType, { device_code })).access_token
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof oauth.ResponseBodyError) {
        if (error.error === 'slow_down') interval += limits.devicePoll
        else if (error.error !== 'authorization_pending') throw refusal(server, error)
        pause = interval
        isLost = false
      } else {
        if (Date.now() > expiresAt) throw refusal(server, error)
        if (!isLost) note(`${refusal(server, error).message} Still waiting, and trying again …`)
        pause = Math.min(2 * Math.max(pause, interval), limits.devicePollMost)
        isLost = true
      }
    }
  }
}

/** Whatever openid-client throws, as something that a person can read and act on. */
function refusal(server: string, error: unknown): Error {
  if (error instanceof UnreachableError) return error
  if (error instanceof oauth.ResponseBodyError) {
    const sentence = sentences[error.error] ?? `${oneLine(error.error_description ?? error.error)}`
    return new Error(`${sentence} To begin anew: galley login ${server}`, { cause: error })
  }
  const answer = error instanceof oauth.ClientError ? error.cause : undefined
  if (!(answer instanceof Response)) return unreachable(server, error)
  const elsewhere = answer.status >= 300 && answer.status < 400 && answer.headers.get('Location')
  if (!elsewhere || !URL.canParse(elsewhere, server)) return noGalley(server, answer.status)
  const { origin } = new URL(elsewhere, server)
  return new Error(`${server} leads to ${origin}. If that is the right one: galley login ${origin}`, { cause: error })
}

const sentences: Readonly<Record<string, string>> = {
  access_denied: 'This was denied in the browser: nothing was kept.',
  expired_token: 'Nobody approved this in time: nothing was kept.',
  // Given out, and lost on its way here.
  invalid_grant: 'The code is not good any more: nothing was kept.',
}
