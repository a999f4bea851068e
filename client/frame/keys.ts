import { page, parse, plain, stringify } from './natives.ts'

/**
 * The same element in two versions of a page: an id, a name or a label that is unique in the document, or the nearest
 * such element around it and the steps down from there (`td:2`, the second of the `td` among its siblings). JSON.
 */
export type Key = string

/**
 * The elements by their keys, as they are now. Each part of the document is looked through once at most: thousands of
 * fields are asked for at a time, and one search for each would take seconds.
 */
export interface ElementMap {
  keyOf(element: Element): Key
  find(key: Key): Element | undefined
}

export function mapElements(): ElementMap {
  const steps = mapSteps()
  let named: Named | undefined
  const names = () => {
    named ??= mapNames()
    return named
  }
  return {
    keyOf(element) {
      const path: string[] = []
      for (let at: Element | null = element; at; at = plain(at).parentElement) {
        const unique = namesOf(at).find(name => names().unique(name))
        if (unique !== undefined) return stringify([unique, ...path])
        path.unshift(steps.of(at))
      }
      return stringify(['', ...path])
    },
    find(key) {
      const [name, ...path] = parse(key) as string[]
      let at = name ? names().first(name) : undefined
      if (name && !at) return undefined
      for (const step of path) {
        at = at ? steps.down(at, step) : page.documentElement
        if (!at) return undefined
      }
      return at
    },
  }
}

interface Named {
  first(name: string): Element | undefined
  unique(name: string): boolean
}

function mapNames(): Named {
  const first = new Map<string, Element>()
  const repeated = new Set<string>()
  for (const element of page.querySelectorAll('[id],[name],[aria-label],[placeholder]')) {
    for (const name of namesOf(element)) {
      if (first.has(name)) repeated.add(name)
      else first.set(name, element)
    }
  }
  return { first: name => first.get(name), unique: name => !repeated.has(name) }
}

/** What could tell an element from all others, the best first. */
function namesOf(element: Element): string[] {
  const it = plain(element)
  const names = it.id ? [`#${it.id}`] : []
  const name = it.getAttribute('name')
  if (name !== null) {
    const value = isChoice(element) ? it.getAttribute('value') : ''
    names.push([it.localName, name, it.getAttribute('type'), value].join('\n'))
  }
  for (const label of ['aria-label', 'placeholder']) {
    const text = it.matches('input,select,textarea,[contenteditable]') && it.getAttribute(label)
    if (text) names.push([it.localName, label, text].join('\n'))
  }
  return names
}

const isChoice = (element: Element): boolean =>
  element instanceof HTMLInputElement && (element.type === 'radio' || element.type === 'checkbox')

function mapSteps() {
  const stepOf = new Map<Element, string>()
  const downFrom = new Map<Element, Map<string, Element>>()
  const childrenOf = (parent: Element) => {
    const known = downFrom.get(parent)
    if (known) return known
    const children = new Map<string, Element>()
    const counts = new Map<string, number>()
    downFrom.set(parent, children)
    for (const child of plain(parent).children) {
      const { localName } = plain(child)
      const place = (counts.get(localName) ?? 0) + 1
      counts.set(localName, place)
      children.set(`${localName}:${place}`, child)
      stepOf.set(child, `${localName}:${place}`)
    }
    return children
  }
  return {
    of(element: Element): string {
      const parent = plain(element).parentElement
      if (parent) childrenOf(parent)
      return stepOf.get(element) ?? `${plain(element).localName}:1`
    },
    down: (parent: Element, step: string) => childrenOf(parent).get(step),
  }
}
