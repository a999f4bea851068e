import { call, isSignedOut } from '../network/http.ts'

/** The button in the bar. Between `leaves` and `stays`, that the session has ended is no news. */
export function onSignOut({ leaves, stays }: { leaves?: () => void; stays?: () => void } = {}): void {
  const button = document.getElementById('sign-out')
  if (!(button instanceof HTMLButtonElement)) return
  button.addEventListener('click', async () => {
    button.disabled = true
    leaves?.()
    const answer = await call({ origin: '', fetch: (...given) => fetch(...given) }, '/api/v1/session', {
      method: 'DELETE',
    }).catch(() => undefined)
    // Signed out elsewhere already is signed out too.
    if (answer?.ok || (answer && isSignedOut(answer.code))) return location.assign('/sign-in')
    button.disabled = false
    button.textContent = 'Not signed out. Try again'
    stays?.()
  })
}

/** From the bar, once nobody is signed in. */
export function takeName(): void {
  for (const element of document.querySelectorAll<HTMLElement>('.who, #sign-out')) element.hidden = true
}
