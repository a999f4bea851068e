import './styles.css'

/**
 * Spends the one-time link. Its secret is in the fragment, which never leaves the browser by itself: a mail scanner or a
 * chat preview that fetches the link cannot spend it, only the button can.
 */
const secret = location.hash.slice(1)
// Out of the address bar and the history at once: a shoulder or a screenshot is enough to copy it.
if (secret) history.replaceState(null, '', location.pathname + location.search)

const part = (id: string): HTMLElement => {
  const element = document.getElementById(id)
  if (!element) throw new Error(`No #${id} on the sign-in page.`)
  return element
}

const sections = ['with-link', 'refused', 'without-link'].map(part)
const show = (id: string): void => {
  for (const section of sections) section.hidden = section.id !== id
}

function refuse(why: string): void {
  part('why').textContent = why
  show('refused')
}

async function spend(button: HTMLButtonElement): Promise<void> {
  button.disabled = true
  try {
    const answer = await fetch('/api/v1/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ secret }),
    })
    if (answer.ok) return location.replace(part('sign-in').dataset.next ?? '/')
    const { code, detail } = (await answer.json()) as { code?: unknown; detail?: unknown }
    if (code === 'link_invalid') refuse('This link was used already, or it has expired.')
    else refuse(typeof detail === 'string' ? detail : 'The server did not say why.')
  } catch {
    part('unreachable').hidden = false
  }
  button.disabled = false
}

if (secret) {
  const button = part('with-link').querySelector('button')
  button?.addEventListener('click', () => void spend(button))
  show('with-link')
}
