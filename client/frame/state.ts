import { frameLimits } from '../../shared/limits.ts'
import type { Caret, Selected } from './caret.ts'
import { captureCaret, captureSelection, restoreSelection, setCaret } from './caret.ts'
import { isEditable, readField, writeField } from './fields.ts'
import { focusLater, playLater } from './hold.ts'
import type { ElementMap, Key } from './keys.ts'
import { mapElements } from './keys.ts'
import { listen, page, parse, stringify } from './natives.ts'
import type { Scrolled } from './scroll.ts'
import { captureScroll, restoreScroll, watchScroll } from './scroll.ts'
import { hashNow } from './start.ts'

/** What the viewer did to the page, in a form that fits the next version of it. The viewer page carries it unread. */
interface State {
  hash: string
  /** Details and dialogs come first, so that what they show can be scrolled and focused. */
  fields: [key: Key, value: string][]
  media: [key: Key, seconds: number, playing: boolean][]
  scrolled: Scrolled | null
  focus: [key: Key, caret: Caret | null] | null
  selected: Selected | null
}

const fieldSelector = ['details,dialog', 'input,select,textarea,[contenteditable]']

/** As the page itself had them, before the viewer did anything. */
const initial = new WeakMap<Element, string>()
/** Changed by the viewer, in this version or an earlier one. */
const touched = new WeakSet<Element>()
/** Handed to a next version. */
const told = new WeakSet<Element>()
let acted = false
/** What was taken over already, part by part, as text. */
const applied = new Map<string, string>()

export function watchState(): void {
  watchScroll()
  const on = (types: string, note: (target: Element) => void) => {
    const hear = ({ isTrusted, target }: Event) => {
      if (isTrusted && target instanceof Element) note(target)
    }
    for (const type of types.split(' ')) listen(type, hear, { capture: true, passive: true })
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
  fieldSelector.flatMap(selector => [...page.querySelectorAll(selector)].filter(isEditable))

/** Each part for itself: what a page has made impossible to read, or to write, keeps nothing else from being kept. */
export function capture(): string {
  const map = mapElements()
  const focus = attempt(() => captureFocus(map)) ?? null
  return stringify({
    hash: hashNow(),
    fields: withinLimit(attempt(() => captureFields(map)) ?? [], focus?.[0]),
    media: attempt(() => captureMedia(map)) ?? [],
    scrolled: attempt(() => captureScroll(map)) ?? null,
    focus,
    selected: attempt(() => captureSelection(map)) ?? null,
  } satisfies State)
}

const captureFields = ({ keyOf }: ElementMap): State['fields'] =>
  fields()
    .filter(isTheirs)
    .map(field => [field, readField(field)] as const)
    // Once told, told again: it may be back to what it was.
    .filter(([field, value]) => value !== initial.get(field) || told.has(field))
    .map(([field, value]) => {
      told.add(field)
      return [keyOf(field), value]
    })

/** Where not all of them fit into a message, the one that the viewer is in comes first. */
function withinLimit(all: State['fields'], focused: Key | undefined): State['fields'] {
  let left = frameLimits.frameFieldsChars
  const fits = new Set(
    [...all]
      .sort(([one], [other]) => Number(other === focused) - Number(one === focused))
      .filter(field => {
        const cost = stringify(field).length + 1
        if (cost > left) return false
        left -= cost
        return true
      }),
  )
  return all.filter(field => fits.has(field))
}

const captureMedia = ({ keyOf }: ElementMap): State['media'] =>
  [...page.querySelectorAll<HTMLMediaElement>('audio,video')]
    .filter(media => media.currentTime > 0)
    .map(media => [keyOf(media), media.currentTime, !media.paused])

function captureFocus({ keyOf }: ElementMap): State['focus'] {
  const element = page.activeElement
  return element && element !== page.body ? [keyOf(element), captureCaret(element)] : null
}

export function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

/** May be called again with a later state: then only what has changed since, or was not found before, is taken over. */
export function restore(text: string): void {
  const state = attempt(() => parse(text) as State)
  if (!state) return
  const { hash, fields, media, scrolled, selected, focus } = state
  const changed = (part: string, value: unknown) => {
    const now = stringify(value)
    return applied.get(part) !== now && applied.set(part, now)
  }
  attempt(() => changed('hash', hash) && hash && hash !== location.hash && location.replace(hash))
  // Twice: what is written into one field may have the page make another.
  for (let time = 0; time < 2; time++) attempt(() => restoreFields(fields, changed))
  attempt(() => restoreMedia(media, changed))
  const map = mapElements()
  attempt(() => changed('scrolled', scrolled) && scrolled && restoreScroll(scrolled, map))
  attempt(() => changed('selected', selected) && selected && restoreSelection(selected, map))
  attempt(() => restoreFocus(focus, map))
}

type Changed = (part: string, value: unknown) => unknown

function restoreFields(all: State['fields'], changed: Changed): void {
  const { find } = mapElements()
  for (const [key, value] of all) {
    const field = find(key)
    if (!field?.isConnected || !isEditable(field) || !changed(key, value)) continue
    touched.add(field)
    attempt(() => writeField(field, value))
  }
}

function restoreMedia(all: State['media'], changed: Changed): void {
  const { find } = mapElements()
  for (const [key, seconds, playing] of all) {
    const media = find(key)
    if (!(media instanceof HTMLMediaElement) || !changed(key, seconds)) continue
    media.currentTime = seconds
    playLater(media, playing)
  }
}

function restoreFocus(focus: State['focus'], { find }: ElementMap): void {
  const element = focus && find(focus[0])
  const caret = focus?.[1]
  if (element instanceof HTMLElement) focusLater(element, () => caret && setCaret(element, caret))
  else focusLater()
}
