import { createHash } from 'node:crypto'
import type { DevicePreview, Scope } from '../../shared/api.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { requireSession } from './access.ts'
import { insertAccessToken } from './access-tokens.ts'
import { change, peopleEntry, userActor } from './change.ts'
import type { Actor, Origin, Random } from './ports.ts'
import type { AccessToken, AuditActor, DeviceGrant } from './records.ts'
import type { Reads } from './store-ports.ts'
import type { Ground } from './world.ts'

/**
 * Signing in where there is no browser (RFC 8628): a device asks and shows a short code, somebody who is signed in types
 * it on the page and says yes or no, and the device, which asks again and again, is given a token.
 */

/** What a device is told when it begins. Only here are its codes known; of the device's own, the hash alone is kept. */
export interface DeviceCodes {
  deviceCode: string
  /** `BCDF-GHJK` */
  userCode: string
  /** Milliseconds. */
  lifetime: number
}

/** @throws GalleyError rate_limited: so many devices of that address are waiting already */
export async function requestDevice(
  ground: Ground,
  { deviceName, scope }: { deviceName: string; scope: Scope },
  origin: Origin,
): Promise<DeviceCodes> {
  // Before the transaction too, which lets no other device ask meanwhile: anybody may ask, and again and again.
  if ((await ground.store.waitingDeviceGrants(origin.ip, ground.clock.now())) >= limits.deviceCodesPerAddress) {
    throw tooManyWait()
  }
  const deviceCode = Buffer.from(ground.random(32)).toString('base64url')
  return change(ground, anonymous(origin), 'none', async (tx, at) => {
    if ((await tx.waitingDeviceGrants(origin.ip, at)) >= limits.deviceCodesPerAddress) throw tooManyWait()
    const userCode = await freeUserCode(tx, ground.random)
    await tx.addDeviceGrant({
      deviceCodeSha256: sha256(deviceCode),
      userCode,
      deviceName,
      scope,
      ip: origin.ip,
      userAgent: origin.userAgent,
      createdAt: at,
      expiresAt: at + limits.deviceCode,
      polledAt: null,
      decision: null,
      orgId: null,
      memberId: null,
      spentAt: null,
    })
    return { result: { deviceCode, userCode: written(userCode), lifetime: limits.deviceCode }, record: [] }
  })
}

/**
 * What asks, for whoever is about to say yes or no.
 * @throws GalleyError device_code_invalid · forbidden: with an access token
 */
export async function previewDevice(ground: Ground, actor: Actor, typed: string): Promise<DevicePreview> {
  requireSession(actor, inBrowserOnly)
  const now = ground.clock.now()
  const { userCode, deviceName, scope, ip, createdAt } = await waitingGrant(ground.store, typed, now)
  return {
    userCode: written(userCode),
    deviceName,
    scope,
    ip,
    requestedAt: new Date(createdAt).toISOString(),
    tokenExpiresAt: new Date(now + limits.loginToken).toISOString(),
  }
}

/**
 * Once, by one member: for everybody else the code is none from then on.
 * @throws GalleyError device_code_invalid · forbidden: with an access token
 */
export async function decideDevice(
  ground: Ground,
  actor: Actor,
  origin: Origin,
  { userCode, approve }: { userCode: string; approve: boolean },
): Promise<void> {
  requireSession(actor, inBrowserOnly)
  const { orgId, memberId } = actor
  await change(ground, userActor(actor, origin), orgId, async (tx, at) => {
    const { deviceCodeSha256, deviceName, scope, ip, userAgent } = await waitingGrant(tx, userCode, at)
    const decision = approve ? 'approved' : 'denied'
    if (!(await tx.decideDeviceGrant(deviceCodeSha256, { decision, orgId, memberId }))) throw deviceCodeInvalid()
    const details = { deviceName, scope, deviceIp: ip, deviceUserAgent: userAgent }
    return { result: undefined, record: [peopleEntry(`galley_device_${decision}`, orgId, details)] }
  })
}

/** What a device is told when it asks whether somebody said yes, by the names of RFC 8628 §3.5. */
export type Redemption =
  | { state: 'approved'; token: AccessToken }
  | { state: 'authorization_pending' | 'slow_down' | 'access_denied' | 'expired_token' }

/**
 * The token is made here and not when somebody says yes, so that there is none that nobody has.
 * @throws GalleyError device_code_invalid: there is no such code, or its token was given out
 */
export async function redeemDeviceCode(ground: Ground, deviceCode: string, origin: Origin): Promise<Redemption> {
  const grant = await ground.store.deviceGrant(sha256(deviceCode))
  if (!grant || grant.spentAt !== null) throw deviceCodeInvalid()
  if (grant.decision === 'denied') return { state: 'access_denied' }
  const { orgId, memberId, expiresAt } = grant
  const now = ground.clock.now()
  if (orgId === null || memberId === null) {
    return expiresAt <= now ? { state: 'expired_token' } : notePoll(ground, grant, now, origin)
  }
  // Said yes to in the last moment, it may come for its token a little later.
  if (expiresAt + limits.deviceCode <= now) return { state: 'expired_token' }
  return giveToken(ground, grant, { orgId, memberId }, origin)
}

/**
 * How fast it asks matters while it waits only: that somebody said yes is told at once. Asking too soon writes nothing:
 * anybody may, and each write waits for the disk.
 */
function notePoll(ground: Ground, grant: DeviceGrant, now: number, origin: Origin): Promise<Redemption> {
  const { deviceCodeSha256, polledAt } = grant
  if (polledAt !== null && now - polledAt < limits.devicePoll) return Promise.resolve({ state: 'slow_down' })
  return change<Redemption>(ground, anonymous(origin), 'none', async (tx, at) => {
    await tx.updateDeviceGrant(deviceCodeSha256, { polledAt: at })
    return { result: { state: 'authorization_pending' }, record: [] }
  })
}

function giveToken(
  ground: Ground,
  { deviceCodeSha256, deviceName, scope }: DeviceGrant,
  owner: { orgId: string; memberId: string },
  origin: Origin,
): Promise<Redemption> {
  const request = { name: tokenName(deviceName), scope, expiresIn: limits.loginToken / 1000 }
  return change<Redemption>(
    ground,
    { type: 'user', memberId: owner.memberId, ...origin },
    owner.orgId,
    async (tx, at) => {
      // Of two that ask at once, one comes second.
      if ((await tx.deviceGrant(deviceCodeSha256))?.spentAt !== null) throw deviceCodeInvalid()
      const member = await tx.member(owner.orgId, owner.memberId)
      if (!member) return { result: { state: 'access_denied' }, record: [] }
      await tx.updateDeviceGrant(deviceCodeSha256, { spentAt: at })
      const { token, entry } = await insertAccessToken(ground, tx, owner, request, at)
      return { result: { state: 'approved', token }, record: [entry] }
    },
  )
}

const tokenName = (deviceName: string): string =>
  (deviceName ? `galley on ${deviceName}` : 'galley login').slice(0, limits.nameChars)

/** Typed in any case, with or without its hyphen. One sentence for all that is wrong with a code, so that whoever tries some learns nothing of others'. */
async function waitingGrant(
  reads: Pick<Reads, 'deviceGrantByUserCode'>,
  typed: string,
  at: number,
): Promise<DeviceGrant> {
  const grant = await reads.deviceGrantByUserCode(typed.replaceAll(/[\s\p{P}]/gu, '').toUpperCase())
  if (!grant || grant.decision !== null || grant.expiresAt <= at) throw deviceCodeInvalid()
  return grant
}

const inBrowserOnly = 'A device is let in from the page in a browser only, not with an access token.'

/** RFC 8628 §6.1: no vowels, so that no words come up; 20⁸ codes, and guesses at them are slowed down. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const userCodeLetters = 8

async function freeUserCode(reads: Pick<Reads, 'deviceGrantByUserCode'>, random: Random): Promise<string> {
  for (;;) {
    const code = newUserCode(random)
    if (!(await reads.deviceGrantByUserCode(code))) return code
  }
}

function newUserCode(random: Random): string {
  let code = ''
  while (code.length < userCodeLetters) {
    for (const byte of random(userCodeLetters)) {
      // 240 = 12 × 20: bytes above it would favour the first letters.
      if (byte < 240 && code.length < userCodeLetters) code += letters[byte % letters.length]
    }
  }
  return code
}

const written = (userCode: string): string => `${userCode.slice(0, 4)}-${userCode.slice(4)}`

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const anonymous = (origin: Origin): AuditActor => ({ type: 'anonymous', memberId: null, ...origin })

const tooManyWait = () =>
  new GalleyError(
    'rate_limited',
    'Too many sign-ins from your address wait to be approved. Try again in some minutes.',
    {
      retryAfter: 60,
    },
  )

const deviceCodeInvalid = () =>
  new GalleyError(
    'device_code_invalid',
    'This code was used before, has expired, or never was one. Sign in again on the device for a new one.',
  )
