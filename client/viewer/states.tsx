import { useEffect, useState } from 'preact/hooks'
import { sizeWords } from './size.ts'
import { type Explanation, type Remedy, statusWords } from './status.ts'
import type { View } from './view.ts'

/** A connection that is back within this time was never worth a word below the page. Milliseconds. */
const patience = 2_000

interface Explained {
  about: Explanation
  onRetry: () => void
}

/** In the place of the page. */
export function Instead({ about, onRetry }: Explained) {
  return (
    <section class="instead" role="alert">
      <h1>{about.title}</h1>
      <p>{about.text}</p>
      {about.remedy && <Action remedy={about.remedy} onRetry={onRetry} />}
    </section>
  )
}

/** Below the page, which stays as it is: nothing is covered and nothing moves. */
export function Beside({ about, onRetry }: Explained) {
  const [state, setState] = useState<'waiting' | 'shown' | 'dismissed'>('waiting')
  useEffect(() => {
    const timer = setTimeout(() => setState('shown'), patience)
    return () => clearTimeout(timer)
  }, [])
  if (state !== 'shown') return null
  return (
    <section class="beside" role="status">
      <p>
        <b>{about.title}</b> {about.text}
      </p>
      {about.remedy ? (
        <Action remedy={about.remedy} onRetry={onRetry} />
      ) : (
        <button type="button" onClick={() => setState('dismissed')}>
          Hide
        </button>
      )}
    </section>
  )
}

function Action({ remedy, onRetry }: { remedy: Remedy; onRetry: () => void }) {
  switch (remedy) {
    case 'retry':
      return (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )
    case 'reload':
      return (
        <button type="button" onClick={() => location.reload()}>
          Load again
        </button>
      )
    case 'sign-in':
      return (
        <a class="button primary" href={`/sign-in?next=${encodeURIComponent(location.pathname + location.hash)}`}>
          Sign in
        </a>
      )
    case 'home':
      return (
        <a class="button" href="/">
          Your pages
        </a>
      )
  }
}

/** The first load alone: afterwards there is always a page to look at. */
export const Skeleton = () => (
  <div class="skeleton" role="status">
    <span class="sr">{statusWords.connecting}</span>
    <i />
    <i />
    <i />
    <i />
  </div>
)

export function Progress({ loaded, total }: NonNullable<View['progress']>) {
  return (
    <div class="progress">
      <progress value={loaded} max={total} aria-label="Loading the new version" />
      <span>
        {sizeWords(loaded)} of {sizeWords(total)}
      </span>
    </div>
  )
}
