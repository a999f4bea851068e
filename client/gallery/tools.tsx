import { useEffect, useRef, useState } from 'preact/hooks'
import { addressOf, type Choice, type GalleryList, galleryLists, type ListSort } from '../../shared/choice.ts'
import { limits } from '../../shared/limits.ts'
import { listWords } from './words.ts'

export interface Chosen {
  choice: Choice
  choose: (change: Partial<Choice>) => void
}

export function Lists({ choice, org, choose }: Chosen & { org: string }) {
  return (
    <nav class="lists" aria-label="Lists of pages">
      {galleryLists.map(list => (
        <ListLink key={list} list={list} choice={choice} org={org} choose={choose} />
      ))}
    </nav>
  )
}

/** A link, so that each list can be opened in a tab of its own and kept as a bookmark. */
export function ListLink({ list, choice, org, choose }: Chosen & { list: GalleryList; org: string }) {
  return (
    <a
      href={addressOf({ ...choice, list })}
      aria-current={list === choice.list ? 'page' : undefined}
      onClick={event => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        choose({ list })
      }}
    >
      {listWords(list, org)}
    </a>
  )
}

/** Finds as one types, once that rests; `/` leads here. */
export function Search({ choice, choose }: Chosen) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(choice.q)
  const sent = useRef(choice.q)
  const search = (q: string) => {
    sent.current = q
    choose({ q })
  }
  useEffect(() => {
    // Cleared, or gone back to; what was sent from here may be behind what is typed by now.
    if (choice.q === sent.current) return
    sent.current = choice.q
    setText(choice.q)
  }, [choice.q])
  useEffect(() => {
    if (text === sent.current) return
    const timer = setTimeout(() => search(text), limits.searchRest)
    return () => clearTimeout(timer)
  }, [text])
  useEffect(() => {
    const lead = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.matches('input, select, textarea')
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', lead)
    return () => removeEventListener('keydown', lead)
  }, [])
  return (
    <search class="search">
      <form
        onSubmit={event => {
          event.preventDefault()
          search(text)
        }}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <circle cx="7" cy="7" r="4.25" />
          <path d="m10.25 10.25 3.5 3.5" />
        </svg>
        <input
          ref={input}
          type="search"
          name="q"
          value={text}
          maxLength={limits.titleChars}
          placeholder="Search by title"
          aria-label="Search by title"
          autocomplete="off"
          spellcheck={false}
          onInput={event => setText(event.currentTarget.value)}
        />
        <span class="key" aria-hidden="true">
          /
        </span>
      </form>
    </search>
  )
}

const sortWords: Record<ListSort, string> = { updated: 'Last updated', title: 'Title' }

export function Sort({ choice, choose }: Chosen) {
  return (
    <label class="sort">
      <span>Sort by</span>
      <select value={choice.sort} onChange={event => choose({ sort: event.currentTarget.value as ListSort })}>
        {Object.entries(sortWords).map(([sort, words]) => (
          <option key={sort} value={sort}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
