import type { RefObject } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Sharing } from '../../../shared/api.ts'
import { Initials } from '../../elements/initials.tsx'
import type { Http } from '../../network/http.ts'
import { GroupMark } from './group-mark.tsx'
import { type Suggestion, search, suggestionsFor } from './suggestions.ts'

/** After a key, this long nothing more is typed before it is searched for. Milliseconds. */
const pause = 120

interface Shown {
  input: RefObject<HTMLInputElement | null>
  sharing: Sharing
  ownerEmail: string
  http: Http
  onPick: (suggestion: Suggestion) => void
  /** In an empty field: about the last who was added. */
  onBackspace: () => void
}

type Found = Awaited<ReturnType<typeof search>>

/**
 * An editable combobox with a list of suggestions (WAI-ARIA Authoring Practices): the focus stays in the field, arrows
 * move along the list, Enter takes, Escape closes.
 */
export function Picker({ input, sharing, ownerEmail, http, onPick, onBackspace }: Shown) {
  const [text, setText] = useState('')
  const [isOpen, setOpen] = useState(false)
  /** The one that an arrow or the pointer went to. */
  const [pointed, setPointed] = useState<number>()
  const found = useSearch(http, text, isOpen)
  const suggestions = found ? suggestionsFor(text, found, sharing, ownerEmail) : []
  // A group that is not there yet is nothing that Enter should make of a name half typed.
  const at = pointed ?? (suggestions[0]?.isNew && suggestions[0].entry.kind === 'group' ? -1 : 0)
  const active = isOpen ? suggestions[at] : undefined

  const pick = (suggestion: Suggestion) => {
    setText('')
    setOpen(false)
    setPointed(undefined)
    onPick(suggestion)
    input.current?.focus()
  }
  const move = (by: number) => {
    setOpen(true)
    if (isOpen && suggestions.length > 0)
      setPointed((Math.max(at, by < 0 ? 0 : -1) + by + suggestions.length) % suggestions.length)
  }
  const keys: Record<string, (() => void) | undefined> = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Enter: active && (() => pick(active)),
    // Otherwise the dialog closes.
    Escape: isOpen ? () => setOpen(false) : undefined,
    Backspace: text === '' ? onBackspace : undefined,
  }
  return (
    <div class="picker">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label="Add people, groups or addresses"
        placeholder="Add people, groups or addresses"
        aria-expanded={isOpen && suggestions.length > 0}
        aria-controls="suggestions"
        aria-autocomplete="list"
        {...(active && { 'aria-activedescendant': `suggestion-${at}` })}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        value={text}
        onInput={event => {
          setText(event.currentTarget.value)
          setOpen(event.currentTarget.value.trim() !== '')
          setPointed(undefined)
        }}
        onBlur={() => setOpen(false)}
        onKeyDown={event => {
          const act = event.isComposing ? undefined : keys[event.key]
          if (!act) return
          event.preventDefault()
          act()
        }}
      />
      <div id="suggestions" role="listbox" aria-label="Suggestions" hidden={!isOpen || suggestions.length === 0}>
        {suggestions.map((suggestion, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field, which has the focus, hears the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the same
          <div
            key={suggestion.entry.name}
            id={`suggestion-${index}`}
            role="option"
            aria-selected={index === at}
            onPointerDown={event => event.preventDefault()}
            onPointerMove={() => setPointed(index)}
            onClick={() => pick(suggestion)}
          >
            <Offer {...suggestion} />
          </div>
        ))}
      </div>
      {isOpen && found && suggestions.length === 0 && (
        <p class="quiet hint" role="status">
          {text.trim() === '' ? 'There is nobody else to add yet. Type an address.' : nobody(text, sharing, ownerEmail)}
        </p>
      )}
    </div>
  )
}

function nobody(text: string, { people, groups }: Sharing, ownerEmail: string): string {
  const typed = text.trim().toLowerCase()
  if (typed === ownerEmail.toLowerCase()) return 'That is you.'
  const isListed =
    people.some(({ email }) => email.toLowerCase() === typed) || groups.some(({ name }) => name === text.trim())
  return isListed ? 'On the list already.' : 'Nobody found. Type a whole address to invite somebody.'
}

function Offer({ entry, isNew }: Suggestion) {
  if (entry.kind === 'group') {
    return (
      <>
        <GroupMark />
        <span class="who">
          <bdi>{entry.name}</bdi>
          <span class="quiet">{isNew ? 'A group that nobody is in yet' : 'Group'}</span>
        </span>
      </>
    )
  }
  return (
    <>
      <Initials name={entry.name} />
      <span class="who">
        <span>
          {isNew && 'Invite '}
          <bdi>{entry.name}</bdi>
        </span>
        <span class="quiet">{isNew ? 'Has not signed in yet' : <bdi>{entry.email}</bdi>}</span>
      </span>
    </>
  )
}

/** What the directory has for a text, while it is wanted; undefined until the answer for this very text is there. */
function useSearch(http: Http, text: string, wanted: boolean): Found | undefined {
  const [found, setFound] = useState<{ text: string; found: Found }>()
  useEffect(() => {
    if (!wanted) return
    const abort = new AbortController()
    const timer = setTimeout(() => {
      search(http, text.trim(), abort.signal).then(
        found => setFound({ text, found }),
        // Superseded, or out of reach: the next key tries again.
        () => {},
      )
    }, pause)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [http, text, wanted])
  return found?.text === text ? found.found : undefined
}
