import type { DevicePreview, Scope } from '../../shared/api.ts'
import { parts } from './parts.ts'
import './styles.css'
import './device.css'

/**
 * Where a member lets a device in (RFC 8628 §3.3). Somebody may have been sent here with another's code, so nothing is
 * decided before it was shown what asks and from where, nor without a click.
 */
const { part, show } = parts(['entry', 'asking', 'done'])

const input = part('code') as HTMLInputElement
const decisions = [part('approve'), part('deny')] as HTMLButtonElement[]

let ticking: ReturnType<typeof setInterval> | undefined

/** Empty, unless it is an owner who would let the device in. */
const { administers = '' } = part('device').dataset

/** What the token may do. */
const powers: Readonly<Record<Scope, string>> = {
  full:
    'Everything you may do: read what you may see, publish, share, rename and delete your pages, make access tokens' +
    (administers && `, and administer ${administers}: its members, settings, pages and audit log`),
  publish: 'Publish pages, and new versions of your own',
  read: 'Read every page that you may see, and the history of your own',
}

/** A refusal by its code and sentence; none where no answer came. */
interface Refusal {
  code?: unknown
  detail?: unknown
}

async function send(path: string, body: object): Promise<{ answer: Response } | { refusal: Refusal }> {
  try {
    const answer = await fetch(`/api/v1/device/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    return answer.ok ? { answer } : { refusal: (await answer.json()) as Refusal }
  } catch {
    return { refusal: {} }
  }
}

function say(id: string, text: string): void {
  part(id).textContent = text
  part(id).hidden = text === ''
}

/** @param place where it is said, unless the code itself is to be typed anew */
function refuse({ code, detail }: Refusal, place: string, unanswered: string): void {
  if (code === 'not_signed_in') {
    location.assign(`/sign-in?next=${encodeURIComponent(`/device?code=${encodeURIComponent(input.value)}`)}`)
    return
  }
  const isAboutCode = code === 'device_code_invalid'
  if (isAboutCode && part('entry').hidden) show('entry')
  say(isAboutCode ? 'wrong' : place, typeof detail === 'string' ? detail : unanswered)
  if (!isAboutCode) return
  input.setAttribute('aria-invalid', 'true')
  input.focus()
  input.select()
}

async function ask(): Promise<void> {
  say('wrong', '')
  input.removeAttribute('aria-invalid')
  const sent = await send('preview', { userCode: input.value })
  if ('refusal' in sent) return refuse(sent.refusal, 'wrong', 'The server could not be reached. Try again in a moment.')
  present((await sent.answer.json()) as DevicePreview)
}

function present({ userCode, deviceName, scope, ip, requestedAt, tokenExpiresAt }: DevicePreview): void {
  input.value = userCode
  say('shown-code', userCode)
  say('device-name', deviceName || 'A device that does not say its name')
  say('address', ip ?? 'an unknown address')
  say('powers', powers[scope])
  say('until', new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' }).format(new Date(tokenExpiresAt)))
  const at = Date.parse(requestedAt)
  tick(at)
  clearInterval(ticking)
  ticking = setInterval(tick, 10_000, at)
  show('asking')
}

/** A code lives for minutes. (What `ago` says would have to be a file of its own, for every viewer page too.) */
function tick(at: number): void {
  const minutes = Math.floor((Date.now() - at) / 60_000)
  say('asked', minutes < 1 ? 'just now' : new Intl.RelativeTimeFormat('en').format(-minutes, 'minute'))
}

async function decide(approve: boolean): Promise<void> {
  say('failed', '')
  for (const button of decisions) button.disabled = true
  const sent = await send('decision', { userCode: input.value, approve })
  for (const button of decisions) button.disabled = false
  if ('refusal' in sent) {
    return refuse(sent.refusal, 'failed', 'The server could not be reached. Look at your terminal, and try again.')
  }
  // The code is used up: a reload would only say so.
  history.replaceState(null, '', location.pathname)
  say('outcome', approve ? 'Approved' : 'Denied')
  say('after', approve ? 'You can close this page and go back to your terminal.' : 'The device gets nothing.')
  show('done')
}

part('form').addEventListener('submit', event => {
  event.preventDefault()
  void ask()
})
part('approve').addEventListener('click', () => void decide(true))
part('deny').addEventListener('click', () => void decide(false))

input.value = new URLSearchParams(location.search).get('code') ?? ''
if (input.value) void ask()
else input.focus()
