/** What a viewer can change about an element, as text, and how to put it there so that the page's scripts notice. */

/** Never secrets, never files (which cannot be set), nothing that the viewer does not see. */
const never = new Set(['password', 'file', 'hidden', 'submit', 'button', 'reset', 'image'])

export const isEditable = (element: Element): boolean =>
  !(element instanceof HTMLInputElement && never.has(element.type))

export function readField(field: Element): string {
  if (field instanceof HTMLDetailsElement) return field.open ? 'open' : ''
  if (field instanceof HTMLDialogElement) return field.open ? (field.matches(':modal') ? 'modal' : 'open') : ''
  if (field instanceof HTMLInputElement && isTicked(field)) return field.checked ? 'ticked' : ''
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) return field.value
  if (field instanceof HTMLSelectElement) return JSON.stringify(chosen(field))
  return field.innerHTML
}

const isTicked = (input: HTMLInputElement): boolean => input.type === 'checkbox' || input.type === 'radio'

const chosen = (select: HTMLSelectElement): string[] => [...select.selectedOptions].map(option => option.value)

export function writeField(field: Element, value: string): void {
  if (readField(field) === value) return
  if (field instanceof HTMLDetailsElement) field.open = value !== ''
  else if (field instanceof HTMLDialogElement) writeDialog(field, value)
  else {
    writeValue(field, value)
    field.dispatchEvent(new Event('input', { bubbles: true }))
    field.dispatchEvent(new Event('change', { bubbles: true }))
  }
}

function writeDialog(dialog: HTMLDialogElement, value: string): void {
  dialog.close()
  if (value === 'modal') dialog.showModal()
  else if (value === 'open') dialog.show()
}

/** By the prototype's setters: some frameworks put setters of their own on the element, to tell their writes from the viewer's. */
function writeValue(field: Element, value: string): void {
  if (field instanceof HTMLInputElement) {
    if (isTicked(field)) set(HTMLInputElement.prototype, 'checked', field, value !== '')
    else set(HTMLInputElement.prototype, 'value', field, value)
  } else if (field instanceof HTMLTextAreaElement) set(HTMLTextAreaElement.prototype, 'value', field, value)
  else if (field instanceof HTMLSelectElement) choose(field, JSON.parse(value))
  else field.innerHTML = value
}

const set = (prototype: object, property: string, field: Element, value: unknown): void =>
  Object.getOwnPropertyDescriptor(prototype, property)?.set?.call(field, value)

/** A choice that is gone in the new version leaves that version's own. */
function choose(select: HTMLSelectElement, values: string[]): void {
  const options = [...select.options]
  if (!select.multiple && !options.some(option => values.includes(option.value))) return
  for (const option of options) option.selected = values.includes(option.value)
}
