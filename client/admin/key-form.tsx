import { useState } from 'preact/hooks'
import type { ComplianceKey, ComplianceScope, CreatedComplianceKey } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { CommandLine } from '../elements/command-line.tsx'
import { useAct } from './act.ts'
import { powers, scopeWords } from './key-words.ts'
import type { Office } from './office.ts'

const all = Object.keys(scopeWords) as ComplianceScope[]

interface KeyFormProps {
  office: Office
  org: string
  onMade: (key: ComplianceKey) => void
}

/** Makes a key, and shows it once. */
export function KeyForm({ office, org, onMade }: KeyFormProps) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<readonly ComplianceScope[]>([])
  const [made, setMade] = useState<CreatedComplianceKey>()
  const { isBusy, trouble, act } = useAct()
  const make = async () => {
    if (scopes.length === 0) return
    const json = { name: name.trim(), scopes }
    const done = await act(() => office.send<CreatedComplianceKey>('POST', '/admin/compliance-keys', json))
    if (!done) return
    const { key: _, ...shown } = done.value
    setMade(done.value)
    setName('')
    setScopes([])
    onMade(shown)
  }
  return (
    <section class="group making" aria-labelledby="make-key">
      <h2 id="make-key">Make a key</h2>
      <form
        onSubmit={event => {
          event.preventDefault()
          void make()
        }}
      >
        <div class="fields">
          <label>
            Name
            <input
              type="text"
              required
              maxLength={limits.nameChars}
              placeholder="Which tool, whose"
              autocomplete="off"
              value={name}
              onInput={event => setName(event.currentTarget.value)}
            />
          </label>
        </div>
        <fieldset class="period">
          <legend>What it does</legend>
          {all.map(scope => (
            <label key={scope} class="line tick">
              <input
                type="checkbox"
                checked={scopes.includes(scope)}
                onChange={event =>
                  setScopes(all.filter(one => (one === scope ? event.currentTarget.checked : scopes.includes(one))))
                }
              />
              <span>
                {scopeWords[scope]} <code class="quiet">{scope}</code>
              </span>
            </label>
          ))}
        </fieldset>
        <div role="status" class="powers">
          {powers(scopes, org).map(sentence => (
            <p key={sentence}>{sentence}</p>
          ))}
        </div>
        {trouble && (
          <p class="trouble" role="alert">
            {trouble}
          </p>
        )}
        <div class="actions">
          <button type="submit" class="primary" aria-disabled={isBusy || scopes.length === 0}>
            {isBusy ? 'Making …' : 'Make the key'}
          </button>
        </div>
      </form>
      <div role="status">
        {made && (
          <>
            <p class="good">
              <bdi>{made.name}</bdi> was made. This is the key; it is shown only here and now:
            </p>
            <CommandLine line={made.key} />
          </>
        )}
      </div>
    </section>
  )
}
