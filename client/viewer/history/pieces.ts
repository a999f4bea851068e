import { visible } from '../../../shared/text.ts'

/** A part of a line. `left out` is how many characters are not drawn, in words. */
export interface Piece {
  is: 'same' | 'changed' | 'left out'
  text: string
}

/** Before a change in a long line, so that it is seen where it stands. */
const lead = 80

/**
 * A line as it is drawn: what differs from the line it replaced or was replaced by is told apart, where most is the
 * same; of a long one (a whole page may be one line) `most` characters are drawn, from shortly before the change on;
 * and whatever would act on how text is drawn is seen as what it is.
 */
export function piecesOf(text: string, other: string | undefined, most: number): Piece[] {
  const change = other === undefined ? undefined : changeOf(text, other)
  const from = text.length > most && change ? whole(text, Math.max(0, change.start - lead)) : 0
  const to = whole(text, Math.min(text.length, from + most))
  const [start, end] = change ? [within(change.start, from, to), within(change.end, from, to)] : [to, to]
  const pieces: Piece[] = [
    { is: 'left out', text: countOf(from) },
    { is: 'same', text: visible(text.slice(from, start)) },
    { is: 'changed', text: visible(text.slice(start, end)) },
    { is: 'same', text: visible(text.slice(end, to)) },
    { is: 'left out', text: countOf(text.length - to) },
  ]
  return pieces.filter(piece => piece.text !== '')
}

const within = (at: number, from: number, to: number): number => Math.min(Math.max(at, from), to)

const countOf = (characters: number): string =>
  characters === 0 ? '' : `${characters.toLocaleString('en')} more characters`

/** Between the common beginning and the common end. Undefined when there is little in common to tell it from. */
function changeOf(text: string, other: string): { start: number; end: number } | undefined {
  const least = Math.min(text.length, other.length)
  let start = 0
  while (start < least && text[start] === other[start]) start++
  let tail = 0
  while (tail < least - start && text[text.length - 1 - tail] === other[other.length - 1 - tail]) tail++
  const change = { start: whole(text, start), end: text.length - tail }
  if (isSplit(text, change.end)) change.end++
  return (start + tail) * 3 < least ? undefined : change
}

/** Not between the two halves of a character. */
const whole = (text: string, at: number): number => (isSplit(text, at) ? at - 1 : at)

const isSplit = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return at > 0 && code >= 0xdc00 && code <= 0xdfff
}
