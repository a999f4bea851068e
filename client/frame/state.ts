import { frameLimits } from '../../shared/limits.ts'
import type { Caret, Selected } from './caret.ts'
import { captureCaret, captureSelection, restoreSelection, setCaret } from './caret.ts'
import { isEditable, readField, writeField } from './fields.ts'
import { focusLater, playLater } from './hold.ts'
import { find, keyOf } from './keys.ts'
import type { Scrolled } from './scroll.ts'
import { captureScroll, restoreScroll, watchScroll } from './scroll.ts'

/** What the viewer did to the page, in a form that fits the next version of it. The viewer page carries it unread. */
interface State {
  hash: string
  /** Details and dialogs come first, so that what they show can be scrolled and focused. */
  fields: [key: string, value: string][]
  media: [key: string, seconds: number, playing: boolean][]
  scrolled: Scrolled
  focus: [key: string, caret: Caret | null] | null
  selected: Selected | null
}

const fieldSelector = ['details,dialog', 'input,select,textarea,[contenteditable]']

/** As the page itself had them, before the viewer did anything. */
const initial = new WeakMap<Element, string>()
/** Changed by the viewer, in this version or an earlier one. */
const touched = new WeakSet<Element>()
let acted = false
/** What was taken over already, part by part, as text. */
const applied = new Map<string, string>()

export function watchState(): void {
  watchScroll()
  const on = (types: string, note: (target: Element) => void) => {
    const hear = ({ isTrusted, target }: Event) => {
      if (isTrusted && target instanceof Element) note(target)
    }
    for (const type of types.split(' ')) addEventListener(type, hear, { capture: true, passive: true })
  }
  on('input change', field => touched.add(field))
  on('click', target => {
    const details = target.closest('summary')?.parentElement
    if (details) touched.add(details)
  })
  on('pointerdown keydown', () => {
    // Once more: scripts may have made or set fields since the page loaded, and that is not the viewer's doing.
    if (!acted) noteInitial()
    acted = true
  })
}

export function noteInitial(): void {
  for (const field of fields()) if (!touched.has(field)) initial.set(field, readField(field))
}

/** Also when a script of the page changed it for them, as a button to open everything does. */
const isTheirs = (field: Element): boolean => touched.has(field) || (acted && initial.has(field))

const fields = (): Element[] =>
  fieldSelector.flatMap(selector => [...document.querySelectorAll(selector)].filter(isEditable))

export function capture(): string {
  const state: State = {
    hash: location.hash,
    fields: fields()
      .filter(isTheirs)
      .map(field => [field, readField(field)] as const)
      .filter(([field, value]) => value !== initial.get(field))
      .map(([field, value]) => [keyOf(field), value]),
    media: [...document.querySelectorAll<HTMLMediaElement>('audio,video')]
      .filter(media => media.currentTime > 0)
      .map(media => [keyOf(media), media.currentTime, !media.paused]),
    scrolled: captureScroll(),
    focus: captureFocus(),
    selected: captureSelection(),
  }
  const text = JSON.stringify(state)
  return text.length <= frameLimits.frameStateChars ? text : JSON.stringify({ ...state, fields: [] })
}

function captureFocus(): State['focus'] {
  const element = document.activeElement
  return element && element !== document.body ? [keyOf(element), captureCaret(element)] : null
}

/** May be called again with a later state: then only what has changed since, or was not found before, is taken over. */
export function restore(text: string): void {
  if (!text) return
  const state: State = JSON.parse(text)
  const changed = (part: string, value: unknown) => {
    const now = JSON.stringify(value)
    return applied.get(part) !== now && applied.set(part, now)
  }
  if (changed('hash', state.hash) && state.hash && state.hash !== location.hash) location.replace(state.hash)
  for (const [key, value] of state.fields) {
    const field = find(key)
    if (!field || !isEditable(field) || !changed(key, value)) continue
    touched.add(field)
    writeField(field, value)
  }
  for (const [key, seconds, playing] of state.media) {
    const media = find(key)
    if (!(media instanceof HTMLMediaElement) || !changed(key, seconds)) continue
    media.currentTime = seconds
    playLater(media, playing)
  }
  if (changed('scrolled', state.scrolled)) restoreScroll(state.scrolled)
  if (changed('selected', state.selected) && state.selected) restoreSelection(state.selected)
  restoreFocus(state.focus)
}

function restoreFocus(focus: State['focus']): void {
  const element = focus && find(focus[0])
  const caret = focus?.[1]
  if (element instanceof HTMLElement) focusLater(element, () => caret && setCaret(element, caret))
  else focusLater()
}
