import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { Confirm } from './confirm.tsx'
import type { Said } from './office.ts'

interface RevocableProps {
  name: string
  /** Tells it from others of that name. */
  label: string
  /** What happens when it is revoked. */
  sentences: readonly string[]
  work: () => Promise<Said<unknown>>
  children: ComponentChildren
}

/** A token or a key on a line. Stays in its place once it is revoked, and says so. */
export function Revocable({ name, label, sentences, work, children }: RevocableProps) {
  const [mode, setMode] = useState<'shown' | 'revoking' | 'revoked'>('shown')
  const row = useRef<HTMLLIElement>(null)
  const close = (mode: 'shown' | 'revoked') => {
    setMode(mode)
    row.current?.focus()
  }
  return (
    <li class="row" ref={row} tabIndex={-1}>
      <div class="what">
        <p class="name">
          <bdi>{name}</bdi>
        </p>
        {children}
        <p role="status" class="good">
          {mode === 'revoked' && 'Revoked.'}
        </p>
      </div>
      {mode !== 'revoked' && (
        <button
          type="button"
          aria-label={`Revoke ${label}`}
          aria-expanded={mode === 'revoking'}
          onClick={() => setMode(mode === 'revoking' ? 'shown' : 'revoking')}
        >
          Revoke
        </button>
      )}
      {mode === 'revoking' && (
        <Confirm
          sentences={sentences}
          confirm={`Revoke ${name}`}
          work={work}
          onDone={() => close('revoked')}
          onCancel={() => close('shown')}
        />
      )}
    </li>
  )
}
