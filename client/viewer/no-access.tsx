import { useEffect, useState } from 'preact/hooks'
import type { Me } from '../../shared/api.ts'
import { call, type Http } from '../network/http.ts'
import { noAccess } from './status.ts'

export interface NoAccessProps {
  artifactId: string
  http: Http
  /** The owner, if there is one, has been asked. */
  onAsked: () => void
}

/** In place of the page: asking to be let in, and who asks. */
export function NoAccess({ artifactId, http, onAsked }: NoAccessProps) {
  const [state, setState] = useState<'unasked' | 'asking' | 'asked' | 'failed'>('unasked')
  const ask = async () => {
    setState('asking')
    const path = `/api/v1/artifacts/${encodeURIComponent(artifactId)}/access-requests`
    const answer = await call(http, path, { method: 'POST' }).catch(() => undefined)
    setState(answer?.ok ? 'asked' : 'failed')
    if (answer?.ok) onAsked()
  }
  return (
    <section class="instead" aria-labelledby="no-access">
      <h1 id="no-access">{noAccess.title}</h1>
      <p>{noAccess.text}</p>
      {state !== 'asked' && (
        <button type="button" class="primary" disabled={state === 'asking'} onClick={() => void ask()}>
          Request access
        </button>
      )}
      <p class="answer" role="status">
        {state === 'asked' && 'Asked. This page opens by itself when the owner lets you in.'}
        {state === 'failed' && 'That did not reach Galley. Try again in a moment.'}
      </p>
      <Identity http={http} />
    </section>
  )
}

/** It may be another account of theirs that the page is shared with. */
function Identity({ http }: { http: Http }) {
  const [me, setMe] = useState<Me>()
  useEffect(() => {
    call(http, '/api/v1/me').then(
      async answer => answer.ok && setMe(await answer.response.json()),
      // Whoever they are, they can still ask.
      () => {},
    )
  }, [])
  const leave = async () => {
    const answer = await call(http, '/api/v1/session', { method: 'DELETE' }).catch(() => undefined)
    if (answer) location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.hash)}`)
  }
  return (
    <p class="identity">
      {me && (
        <>
          Signed in as <bdi>{me.member.email}</bdi> (<bdi>{me.org.name}</bdi>).{' '}
          <button type="button" class="link" onClick={() => void leave()}>
            Use another account
          </button>
          {' · '}
        </>
      )}
      <a href="/">Your pages</a>
    </p>
  )
}
