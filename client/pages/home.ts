import './styles.css'

const button = document.getElementById('sign-out') as HTMLButtonElement

button.addEventListener('click', async () => {
  button.disabled = true
  const answer = await fetch('/api/v1/session', { method: 'DELETE' }).catch(() => undefined)
  // Signed out elsewhere already is signed out too.
  if (answer?.ok || answer?.status === 401) location.assign('/sign-in')
  else {
    button.disabled = false
    button.textContent = 'Not signed out. Try again'
  }
})
