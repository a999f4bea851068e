/** What the scripts of a page may read before anything else: the hash, and storage, which an opaque origin is refused. */

interface Start {
  hash: string
  local: Record<string, string>
  session: Record<string, string>
}

const kept = { local: new Map<string, string>(), session: new Map<string, string>() }

const read = (start: string): Partial<Start> => JSON.parse(start || '{}')

export const hashOf = (start: string): string => read(start).hash ?? ''

export const startText = (): string =>
  JSON.stringify({
    hash: location.hash,
    local: Object.fromEntries(kept.local),
    session: Object.fromEntries(kept.session),
  } satisfies Start)

/**
 * In an opaque origin reading `localStorage`, `sessionStorage` or `document.cookie` throws, and many real pages die of
 * it at their start. Ours live as long as the viewer has the page open, from version to version.
 */
export function lendStorage(start: string): void {
  const { local = {}, session = {} } = read(start)
  kept.local = new Map(Object.entries(local))
  kept.session = new Map(Object.entries(session))
  lend('localStorage', storage(kept.local))
  lend('sessionStorage', storage(kept.session))
  Object.defineProperty(Document.prototype, 'cookie', { configurable: true, get: () => '', set() {} })
}

function lend(name: string, value: unknown): void {
  Object.defineProperty(window, name, { configurable: true, enumerable: true, get: () => value })
}

/** https://html.spec.whatwg.org/multipage/webstorage.html#the-storage-interface */
function storage(items: Map<string, string>): object {
  const methods: Record<string, unknown> = {
    getItem: (key: unknown) => items.get(String(key)) ?? null,
    setItem: (key: unknown, value: unknown) => void items.set(String(key), String(value)),
    removeItem: (key: unknown) => void items.delete(String(key)),
    clear: () => items.clear(),
    key: (index: unknown) => [...items.keys()][Number(index)] ?? null,
  }
  return new Proxy(Object.create(Storage.prototype), {
    get: (_, key) => {
      if (key === 'length') return items.size
      return typeof key === 'string' ? (methods[key] ?? items.get(key)) : undefined
    },
    set: (_, key, value) => {
      items.set(String(key), String(value))
      return true
    },
    has: (_, key) => key in methods || items.has(String(key)),
    deleteProperty: (_, key) => {
      items.delete(String(key))
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
