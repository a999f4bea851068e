/**
 * What the bridge itself uses, as it was before the page came. Scripts put things of their own in the place of what they
 * find (`requestAnimationFrame = …`), and a form or an image named `querySelectorAll` does so on the document without
 * any script. Neither is a reason for a version not to be shown.
 */

export const requestFrame = window.requestAnimationFrame.bind(window)
export const later: (then: () => void, ms?: number) => void = window.setTimeout.bind(window)
export const listen: Window['addEventListener'] = window.addEventListener.bind(window)
const { addEventListener } = EventTarget.prototype
/** For a target that may be a form or the document. */
export const listenTo = (target: EventTarget, type: string, then: (event: Event) => void, once = false): void =>
  addEventListener.call(target, type, then, { once })
export const parse: (text: string) => unknown = JSON.parse
export const stringify: (value: unknown) => string = JSON.stringify

/** The document, without what the page has put over its members. Not to be handed on either. */
export const page: Document = uncovered(document, Document.prototype)

/** To be read, not to be handed on: a form's members may be covered by the names of its fields. */
export const plain = (element: Element): Element =>
  element instanceof HTMLFormElement ? uncovered(element, HTMLFormElement.prototype) : element

/** Names of elements cover what a document or a form inherits, never what its prototypes have. */
function uncovered<T extends object>(target: T, prototype: object): T {
  return new Proxy<object>(
    {},
    {
      get(_, name) {
        const value: unknown = Reflect.get(prototype, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
      set: (_, name, value) => Reflect.set(prototype, name, value, target),
    },
  ) as T
}
