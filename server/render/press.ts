import type { PageType, Warning } from '../../shared/api.ts'

/** Bytes as they are kept and sent to a browser. */
export interface Content {
  encoding: 'br' | 'identity'
  /** As kept: compressed when `encoding` is `br`. */
  bytes: Uint8Array
}

export interface Copy {
  /** As received, Content-Encoding still on. */
  body: Uint8Array
  bodyEncoding: 'gzip' | 'br' | 'identity'
  type: PageType
  /** For the shell, where the source has none of its own. */
  fallbackTitle: string
  /** The artifact's newest page: a delta from it is made in the same go. */
  previous?: { sha256: string; content: Content }
}

export interface Proof {
  /** From `<title>`, else the first heading, else undefined. Plain text, at most limits.titleChars. */
  title: string | undefined
  source: { sha256: string; size: number; content: Content }
  /** The complete document that the frame shows. The same object as `source` where the page is its source. */
  page: { sha256: string; size: number; content: Content }
  warnings: Warning[]
  moreWarnings: number
  /** Deflated; undefined when there is no previous page or no delta worth having. */
  delta: Uint8Array | undefined
}

/** `unified` is empty where nothing differs; the counts are of lines. */
export interface TextDiff {
  unified: string
  added: number
  removed: number
}

/** Turns what was published into what is kept. Anything large or hard to foresee happens in a worker thread. */
export interface Press {
  /** @throws GalleyError page_too_large | page_too_complex | bad_encoding | not_utf8 | empty_page | overloaded */
  prove(copy: Copy): Promise<Proof>
  /** Deflated; undefined when none is worth having. */
  delta(from: Content, to: Content): Promise<Uint8Array | undefined>
  /** Of two sources, line by line, as `diff -u` writes it; `names` are what it calls them. */
  diff(from: Content, to: Content, names: readonly [string, string]): Promise<TextDiff>
  /** Uncompressed, for clients that do not accept `br`. */
  plain(content: Content): Promise<Uint8Array>
  /** How many tasks wait for a thread now. */
  waiting(): number
  close(): Promise<void>
}
