import type { ElementMap, Key } from './keys.ts'

/** Within one text field. */
export type Caret = [start: number, end: number, direction: 'forward' | 'backward' | 'none']

export function captureCaret(element: Element): Caret | null {
  if (!(element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) return null
  const { selectionStart, selectionEnd, selectionDirection } = element
  // Number, date and other fields have none that could be read.
  return selectionStart === null || selectionEnd === null
    ? null
    : [selectionStart, selectionEnd, selectionDirection ?? 'none']
}

export function setCaret(element: Element, caret: Caret): void {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) element.setSelectionRange(...caret)
}

/** A place in the document: the `child`th child node of the element with that key (-1: the element), and the offset in it. */
type Place = [key: Key, child: number, offset: number]
export type Selected = [anchor: Place, focus: Place]

/** A collapsed one too: it is the caret of an editable element. */
export function captureSelection({ keyOf }: ElementMap): Selected | null {
  const { anchorNode, anchorOffset, focusNode, focusOffset } = getSelection() ?? {}
  const anchor = anchorNode && placeOf(anchorNode, anchorOffset ?? 0, keyOf)
  const focus = focusNode && placeOf(focusNode, focusOffset ?? 0, keyOf)
  return anchor && focus ? [anchor, focus] : null
}

function placeOf(node: Node, offset: number, keyOf: ElementMap['keyOf']): Place | null {
  if (node instanceof Element) return [keyOf(node), -1, offset]
  const parent = node.parentElement
  return parent && [keyOf(parent), [...parent.childNodes].indexOf(node as ChildNode), offset]
}

export function restoreSelection([anchor, focus]: Selected, { find }: ElementMap): void {
  const [from, to] = [nodeAt(anchor, find), nodeAt(focus, find)]
  if (!from || !to) return
  getSelection()?.setBaseAndExtent(from, offsetIn(from, anchor[2]), to, offsetIn(to, focus[2]))
}

function nodeAt([key, child]: Place, find: ElementMap['find']): Node | undefined {
  const element = find(key)
  return child < 0 ? element : element?.childNodes[child]
}

const offsetIn = (node: Node, offset: number): number =>
  Math.min(offset, node instanceof CharacterData ? node.length : node.childNodes.length)
