/**
 * The same element in two versions of a page. A key is a CSS selector: by an id, a name or a label that is unique in the
 * document, else a path from the nearest element that has one.
 */
export function keyOf(element: Element): string {
  const steps: string[] = []
  for (let at: Element | null = element; at; at = at.parentElement) {
    const unique = uniqueSelector(at)
    if (unique) return [unique, ...steps].join('>')
    steps.unshift(`${CSS.escape(at.localName)}:nth-of-type(${placeOf(at)})`)
  }
  return steps.join('>')
}

export function find(key: string): Element | null {
  try {
    return document.querySelector(key)
  } catch {
    return null
  }
}

function uniqueSelector(element: Element): string | undefined {
  const { id } = element
  const selectors = id ? [`#${CSS.escape(id)}`] : []
  if (element.hasAttribute('name')) {
    const named = ['name', 'type', 'value'].filter(attribute => attribute !== 'value' || isChoice(element))
    selectors.push(
      element.localName +
        named.map(attribute => `[${attribute}="${CSS.escape(element.getAttribute(attribute) ?? '')}"]`).join(''),
    )
  }
  for (const label of ['aria-label', 'placeholder']) {
    const text = element.matches('input,select,textarea,[contenteditable]') && element.getAttribute(label)
    if (text) selectors.push(`${element.localName}[${label}="${CSS.escape(text)}"]`)
  }
  return selectors.find(selector => document.querySelectorAll(selector).length === 1)
}

const isChoice = (element: Element): boolean =>
  element instanceof HTMLInputElement && (element.type === 'radio' || element.type === 'checkbox')

function placeOf(element: Element): number {
  let place = 1
  for (let at = element.previousElementSibling; at; at = at.previousElementSibling) {
    if (at.localName === element.localName) place++
  }
  return place
}
