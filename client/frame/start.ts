import { frameLimits } from '../../shared/limits.ts'
import { parse, stringify } from './natives.ts'

/** What the scripts of a page may read before anything else: the hash, and storage, which an opaque origin is refused. */

interface Start {
  hash: string
  local: Record<string, string>
  session: Record<string, string>
}

type Items = Map<string, string>
const kept = { local: new Map<string, string>(), session: new Map<string, string>() }
/** By both of them. */
let stored = 0

/** The page before had its hands on it: of anything else than a start nothing is taken, and nothing thrown. */
export function readStart(text: string): Start {
  try {
    const { hash, local, session } = Object(parse(text)) as { [member: string]: unknown }
    return { hash: typeof hash === 'string' ? hash : '', local: textsIn(local), session: textsIn(session) }
  } catch {
    return { hash: '', local: {}, session: {} }
  }
}

const textsIn = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(Object(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )

/** One that is too long to be an address is none. */
export const hashNow = (): string => (location.hash.length <= frameLimits.frameHashChars ? location.hash : '')

export const startText = (): string =>
  stringify({
    hash: hashNow(),
    local: Object.fromEntries(kept.local),
    session: Object.fromEntries(kept.session),
  } satisfies Start)

/**
 * In an opaque origin reading `localStorage`, `sessionStorage` or `document.cookie` throws, and many real pages die of
 * it at their start. Ours live as long as the viewer has the page open, from version to version.
 */
export function lendStorage({ local, session }: Omit<Start, 'hash'>): void {
  for (const [key, value] of Object.entries(local)) put(kept.local, key, value)
  for (const [key, value] of Object.entries(session)) put(kept.session, key, value)
  lend('localStorage', storage(kept.local))
  lend('sessionStorage', storage(kept.session))
  Object.defineProperty(Document.prototype, 'cookie', { configurable: true, get: () => '', set() {} })
}

function lend(name: string, value: unknown): void {
  Object.defineProperty(window, name, { configurable: true, enumerable: true, get: () => value })
}

/** What it costs to carry it to the next version. */
const costOf = (key: string, value: string | undefined): number =>
  value === undefined ? 0 : stringify([key, value]).length

/** @throws QuotaExceededError over limits.frameStorageChars, as a browser's own storage does. */
function put(items: Items, key: string, value: string): void {
  const more = costOf(key, value) - costOf(key, items.get(key))
  if (more > 0 && stored + more > frameLimits.frameStorageChars) {
    throw new DOMException('The storage that a page has here is full.', 'QuotaExceededError')
  }
  stored += more
  items.set(key, value)
}

function drop(items: Items, key: string): void {
  stored -= costOf(key, items.get(key))
  items.delete(key)
}

/** https://html.spec.whatwg.org/multipage/webstorage.html#the-storage-interface */
function storage(items: Items): object {
  const methods: Record<string, unknown> = {
    getItem: (key: unknown) => items.get(String(key)) ?? null,
    setItem: (key: unknown, value: unknown) => put(items, String(key), String(value)),
    removeItem: (key: unknown) => drop(items, String(key)),
    clear: () => {
      for (const key of [...items.keys()]) drop(items, key)
    },
    key: (index: unknown) => [...items.keys()][Number(index)] ?? null,
  }
  return new Proxy(Object.create(Storage.prototype), {
    get: (_, key) => {
      if (key === 'length') return items.size
      return typeof key === 'string' ? (methods[key] ?? items.get(key)) : undefined
    },
    set: (_, key, value) => {
      put(items, String(key), String(value))
      return true
    },
    has: (_, key) => key in methods || items.has(String(key)),
    deleteProperty: (_, key) => {
      drop(items, String(key))
      return true
    },
    ownKeys: () => [...items.keys()],
    getOwnPropertyDescriptor: (_, key) =>
      items.has(String(key))
        ? { value: items.get(String(key)), configurable: true, enumerable: true, writable: true }
        : undefined,
  })
}

/** One press of Back leaves the page: its own steps replace one another. A URL with more than a new hash is refused here anyway. */
export function tameHistory(): void {
  const replace = history.replaceState.bind(history)
  const step: History['replaceState'] = (data, unused, url) => {
    try {
      replace(data, unused, url)
    } catch {
      replace(data, unused)
    }
  }
  history.pushState = step
  history.replaceState = step
}
