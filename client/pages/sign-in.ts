import type { LinkPreview } from '../../shared/api.ts'
import { parts } from './parts.ts'
import './styles.css'

/**
 * Spends the one-time link. Its secret is in the fragment, which never leaves the browser by itself: a mail scanner or a
 * chat preview that fetches the link cannot spend it, only the button can.
 */
const secret = location.hash.slice(1)
// Out of the address bar and the history at once: a shoulder or a screenshot is enough to copy it.
if (secret) history.replaceState(null, '', location.pathname + location.search)
// A link that is opened in a tab that shows this page already changes the fragment, and loads nothing.
addEventListener('hashchange', () => location.reload())

const { part, show } = parts(['with-link', 'refused', 'without-link'])

function refuse(why: string): void {
  part('why').textContent = why
  show('refused')
}

/** @returns the answer; undefined when it was a refusal, or none came, which then is shown. */
async function send(path: string): Promise<Response | undefined> {
  part('unreachable').hidden = true
  try {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ secret }),
    })
    if (answer.ok) return answer
    const { code, detail } = (await answer.json()) as { code?: unknown; detail?: unknown }
    if (code === 'link_invalid') refuse('This link was used already, or it has expired.')
    else refuse(typeof detail === 'string' ? detail : 'The server did not say why.')
  } catch {
    part('unreachable').hidden = false
  }
  return undefined
}

/** Nobody signs in before it was said as whom: a link may be somebody else's, and replaces who is signed in. */
async function askWhose(): Promise<boolean> {
  const answer = await send('/api/v1/session/preview')
  if (!answer) return false
  const preview = (await answer.json()) as LinkPreview
  for (const of of ['name', 'email', 'org'] as const) {
    const place = part('whose').querySelector(`[data-of=${of}]`)
    if (place) place.textContent = preview[of]
  }
  part('whose').hidden = false
  return true
}

async function signIn(button: HTMLButtonElement): Promise<void> {
  let known = false
  const goOn = async (): Promise<void> => {
    button.disabled = true
    if (!known) known = await askWhose()
    else if (await send('/api/v1/session')) return location.replace(part('sign-in').dataset.next ?? '/')
    button.textContent = known ? 'Sign in' : 'Try again'
    button.disabled = false
  }
  button.addEventListener('click', () => void goOn())
  await goOn()
}

if (secret) {
  const button = part('with-link').querySelector('button')
  show('with-link')
  if (button) void signIn(button)
}
