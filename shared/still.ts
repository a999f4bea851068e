/**
 * What a gallery and the stills in it say to each other: a published page, drawn with its scripts off. Posted to the
 * parent window by a fresh document, which is then sent a port, and over that port one `StillPage` after the other;
 * to each it answers whether there is anything to be seen of it.
 */
export const stillMessage = 'galley-still-1'

/** The page's bytes, UTF-8. */
export interface StillPage {
  bytes: ArrayBuffer
}

export interface StillDrawn {
  /** False of a page that only its scripts would fill. */
  drawn: boolean
}

/** Undefined for anything but a StillDrawn: in the document is a page that may be hostile, if without its scripts. */
export const readStillDrawn = (data: unknown): boolean | undefined =>
  typeof data === 'object' && data !== null && 'drawn' in data && typeof data.drawn === 'boolean'
    ? data.drawn
    : undefined
