import { useEffect, useRef, useState } from 'preact/hooks'
import { limits } from '../../shared/limits.ts'

interface Searched {
  /** What is searched for. */
  q: string
  /** What it goes by. */
  label: string
  maxLength: number
  onSearch: (q: string) => void
}

/** Finds as one types, once that rests; `/` leads here. */
export function Search({ q, label, maxLength, onSearch }: Searched) {
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(q)
  const sent = useRef(q)
  const search = (q: string) => {
    sent.current = q
    onSearch(q)
  }
  useEffect(() => {
    // Cleared, or gone back to; what was sent from here may be behind what is typed by now.
    if (q === sent.current) return
    sent.current = q
    setText(q)
  }, [q])
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
          maxLength={maxLength}
          placeholder={label}
          aria-label={label}
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
