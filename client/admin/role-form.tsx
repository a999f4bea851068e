import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { CustomRole, RoleUpdate } from '../../shared/admin.ts'
import { limits } from '../../shared/limits.ts'
import { useAct } from './act.ts'
import type { Said } from './office.ts'
import { groupsOf, saving } from './role-words.ts'

interface RoleFormProps {
  /** undefined: a new one. */
  before: CustomRole | undefined
  save: (update: RoleUpdate) => Promise<Said<CustomRole>>
  onSaved: (role: CustomRole) => void
  onCancel: () => void
}

/** What a role is, and what saving it does. What was typed stays until it is saved. */
export function RoleForm({ before, save, onSaved, onCancel }: RoleFormProps) {
  const [name, setName] = useState(before?.name ?? '')
  const [publish, setPublish] = useState(before?.publish ?? true)
  const [groups, setGroups] = useState(before?.groups.join('\n') ?? '')
  const { isBusy, trouble, act } = useAct()
  const first = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => first.current?.focus(), [])
  const update: RoleUpdate = { name: name.trim(), publish, groups: groupsOf(groups) }
  const sentences = update.name === '' ? [] : saving(before, update)
  const submit = async () => {
    const done = await act(() => save(update))
    if (done) onSaved(done.value)
  }
  return (
    <form
      class="preview"
      aria-label={before ? `Change ${before.name}` : 'Add a role'}
      onKeyDown={event => event.key === 'Escape' && onCancel()}
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <div class="fields">
        <label>
          Name
          <input
            ref={first}
            type="text"
            required
            maxLength={limits.roleNameChars}
            autocomplete="off"
            value={name}
            onInput={event => setName(event.currentTarget.value)}
          />
        </label>
        <label>
          Publishing
          <select value={String(publish)} onChange={event => setPublish(event.currentTarget.value === 'true')}>
            <option value="true">May publish</option>
            <option value="false">May not publish</option>
          </select>
        </label>
        <label class="wide">
          Groups of your identity provider that carry it, each on a line
          <textarea
            rows={Math.max(2, update.groups.length + 1)}
            spellcheck={false}
            value={groups}
            onInput={event => setGroups(event.currentTarget.value)}
          />
        </label>
      </div>
      <div role="status">
        {sentences.map(sentence => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
      {trouble && (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <div class="actions">
        <button type="submit" class="primary" aria-disabled={isBusy}>
          {isBusy ? 'Saving …' : before ? 'Save' : 'Add'}
        </button>
        <button type="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  )
}
