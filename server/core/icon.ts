import { GalleyError } from '../../shared/errors.ts'

export const defaultIcon = '📄'

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** A pictograph (with whatever joins, tones and selects it), a flag, or a keycap: what a tab shows as one picture. */
const emoji = /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}$|[0-9#*]\u{FE0F}?\u{20E3}$)/u

/**
 * The icon goes into tabs and headers, so it is exactly one emoji and never text.
 * @throws GalleyError invalid_request
 */
export function checkIcon(icon: string | undefined): void {
  if (icon === undefined) return
  if ([...graphemes.segment(icon)].length !== 1 || !emoji.test(icon)) {
    throw new GalleyError('invalid_request', 'The icon must be exactly one emoji, for instance 📈.')
  }
}
