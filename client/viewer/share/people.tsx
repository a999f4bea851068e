import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { GrantedRole, Sharing } from '../../../shared/api.ts'
import { Initials } from '../../elements/initials.tsx'
import type { Http } from '../../network/http.ts'
import type { Desk } from './desk.ts'
import { added, type Entry, entriesOf, inRole, keyOf, removed } from './edits.ts'
import { GroupMark } from './group-mark.tsx'
import { Picker } from './picker.tsx'
import { removalWords } from './words.ts'

interface Shown {
  sharing: Sharing
  desk: Desk
  author: { name: string; email: string }
  http: Http
}

/** Who is let in by name, and the way to add somebody. */
export function People({ sharing, desk, author, http }: Shown) {
  const input = useRef<HTMLInputElement>(null)
  /** Whoever is about to be taken off the list. */
  const [leaving, setLeaving] = useState<string>()
  const entries = entriesOf(sharing)
  useLayoutEffect(() => {
    // A finger would have a keyboard come up over the dialog.
    if (!matchMedia('(pointer: coarse)').matches) input.current?.focus()
  }, [])
  const keep = () => {
    setLeaving(undefined)
    input.current?.focus()
  }
  const remove = (entry: Entry) => {
    desk.change(removed(entry), `${entry.name} was taken off the list.`)
    keep()
  }
  return (
    <section class="people" aria-label="People and groups">
      <Picker
        input={input}
        sharing={sharing}
        ownerEmail={author.email}
        http={http}
        onPick={({ entry }) => desk.change(added(entry), addedWords(entry))}
        onBackspace={() => setLeaving(entries.map(keyOf).at(-1))}
      />
      <ul>
        <li class="entry">
          <Initials name={author.name} />
          <span class="who">
            <span>
              <bdi>{author.name}</bdi> (you)
            </span>
            <span class="quiet">
              <bdi>{author.email}</bdi>
            </span>
          </span>
          <span class="quiet role">Owner</span>
        </li>
        {entries.map(entry =>
          keyOf(entry) === leaving ? (
            <Leaving
              key={keyOf(entry)}
              words={removalWords(sharing, entry)}
              onRemove={() => remove(entry)}
              onKeep={keep}
            />
          ) : (
            <Named
              key={keyOf(entry)}
              entry={entry}
              onRole={role => desk.change(inRole(entry, role), roleWords(entry, role))}
              onRemove={() => setLeaving(keyOf(entry))}
            />
          ),
        )}
      </ul>
      {entries.length > 0 && (
        <p class="quiet hint">
          {sharing.audience === 'private'
            ? 'None of them can open it. Whoever is added now is let in alone.'
            : 'Viewers look. Editors also publish new versions.'}
        </p>
      )}
    </section>
  )
}

const addedWords = (entry: Entry): string =>
  entry.kind === 'person' && entry.pending
    ? `${entry.email} is let in once they have signed in.`
    : `${entry.kind === 'group' ? `Everyone in ${entry.name}` : entry.name} can open it now.`

const roleWords = ({ name }: Entry, role: GrantedRole): string =>
  role === 'editor' ? `${name} may publish new versions now.` : `${name} may only look now.`

function Named(props: { entry: Entry; onRole: (role: GrantedRole) => void; onRemove: () => void }) {
  const { entry, onRole, onRemove } = props
  return (
    <li class="entry">
      {entry.kind === 'group' ? <GroupMark /> : <Initials name={entry.name} />}
      <span class="who">
        <bdi>{entry.name}</bdi>
        <span class="quiet">
          {entry.kind === 'group' ? 'Group' : entry.pending ? 'Has not signed in yet' : <bdi>{entry.email}</bdi>}
        </span>
      </span>
      <select
        aria-label={`What ${entry.name} may do`}
        value={entry.role}
        onChange={event => onRole(event.currentTarget.value === 'editor' ? 'editor' : 'viewer')}
      >
        <option value="viewer">Viewer</option>
        <option value="editor">Editor</option>
      </select>
      <button type="button" class="icon-only" title="Remove" aria-label={`Remove ${entry.name}`} onClick={onRemove}>
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="m4.5 4.5 7 7M11.5 4.5l-7 7" />
        </svg>
      </button>
    </li>
  )
}

/** In the place of the entry: what its removal means, before it happens. */
function Leaving({ words, onRemove, onKeep }: { words: string; onRemove: () => void; onKeep: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useLayoutEffect(() => button.current?.focus(), [])
  return (
    <li
      class="entry leaving"
      onKeyDown={event => {
        if (event.key !== 'Escape') return
        // The dialog stays open.
        event.preventDefault()
        onKeep()
      }}
    >
      <span class="who" id="leaving">
        {words}
      </span>
      <button type="button" class="danger" ref={button} aria-describedby="leaving" onClick={onRemove}>
        Remove
      </button>
      <button type="button" onClick={onKeep}>
        Keep
      </button>
    </li>
  )
}
