import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { makeDelta } from '../../shared/delta.ts'
import { GalleyError } from '../../shared/errors.ts'
import { limits, MiB } from '../../shared/limits.ts'
import { decode, pack, unpack, whole } from './content.ts'
import { type Lint, lint } from './lint.ts'
import { renderMarkdown } from './markdown.ts'
import type { Content, Copy, Proof } from './press.ts'
import { isDocument, wrapFragment, wrapMarkdown } from './shell.ts'
import { titleOf } from './title.ts'

/**
 * All the work on one published page, at once and without waiting: for a worker thread, or for a small page.
 * @throws GalleyError page_too_large | page_too_complex | bad_encoding | not_utf8 | empty_page
 */
export const proveNow = (copy: Copy): Proof => withinMeans(() => prove(copy))

/**
 * What a publisher can see of that beforehand: nothing is hashed or compressed.
 * @throws what proveNow throws
 */
export const previewNow = (copy: Copy): { title: string | undefined; page: Uint8Array } & Lint =>
  withinMeans(() => {
    const { title, page, markup } = make(copy)
    return { title, page, ...lint(markup) }
  })

function withinMeans<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    // The call stack, or the longest string, was not enough for what the page nests or repeats.
    throw error instanceof RangeError ? tooComplex() : error
  }
}

/** The page, not the server, is at fault: to send it again would end alike. */
export const tooComplex = (): GalleyError =>
  new GalleyError(
    'page_too_complex',
    'The page takes too much time or memory to process. Make it simpler: less deeply nested, or with less text in one block.',
  )

function prove(copy: Copy): Proof {
  const { title, markup, ...bytes } = make(copy)
  const source = keep(bytes.source)
  const page = bytes.page === bytes.source ? source : keep(bytes.page)
  return {
    title,
    source: source.entry,
    page: page.entry,
    ...lint(markup),
    delta:
      copy.previous && copy.previous.sha256 !== page.entry.sha256
        ? deltaTo(copy.previous.content, page.bytes)
        : undefined,
  }
}

/** `page`: the very `source` where it is shown as it is. */
function make(copy: Copy): { source: Uint8Array; page: Uint8Array; title: string | undefined; markup: string } {
  const source = sourceOf(copy)
  const text = textOf(source)
  const { page, title, markup } = copy.type === 'text/markdown' ? fromMarkdown(text, copy) : fromHtml(text, copy)
  return { source, page: page === text ? source : withinLimit(new TextEncoder().encode(page)), title, markup }
}

/** @returns deflated; undefined when none is worth having. */
export const deltaNow = (from: Content, to: Content): Uint8Array | undefined => deltaTo(from, unpack(to))

function deltaTo(from: Content, to: Uint8Array): Uint8Array | undefined {
  const delta = makeDelta(unpack(from), to)
  return delta && whole(deflateRawSync(delta))
}

interface Page {
  /** The very `text` that came in, where it is shown as it is. */
  page: string
  title: string | undefined
  /** What the lint looks at. */
  markup: string
}

function fromHtml(text: string, copy: Copy): Page {
  const title = titleOf(text)
  const page = isDocument(text) ? text : wrapFragment(text, { title: title ?? copy.fallbackTitle })
  return { page, title, markup: text }
}

function fromMarkdown(text: string, copy: Copy): Page {
  const { html, title, lang, markup } = renderMarkdown(text)
  return { page: wrapMarkdown(html, { title: title ?? copy.fallbackTitle, lang }), title, markup }
}

function keep(bytes: Uint8Array): { bytes: Uint8Array; entry: Proof['page'] } {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { bytes, entry: { sha256, size: bytes.byteLength, content: pack(bytes) } }
}

function sourceOf({ body, bodyEncoding }: Copy): Uint8Array {
  if (bodyEncoding === 'identity' && body.byteLength > limits.sourceBytes) {
    throw tooLarge('The page', body.byteLength, limits.sourceBytes)
  }
  try {
    return decode(body, bodyEncoding, limits.sourceBytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooLarge('The page', undefined, limits.sourceBytes)
    }
    throw new GalleyError(
      'bad_encoding',
      `The body is not in the encoding its Content-Encoding header names (${bodyEncoding}). Send it as that, or without the header.`,
    )
  }
}

function textOf(source: Uint8Array): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(source)
  } catch {
    throw new GalleyError(
      'not_utf8',
      'The page is not valid UTF-8. Save it with the encoding UTF-8 and publish it again.',
    )
  }
  if (!/\S/.test(text)) throw new GalleyError('empty_page', 'The page is empty. Publish a file that has content.')
  return text
}

function withinLimit(page: Uint8Array): Uint8Array {
  if (page.byteLength > limits.pageBytes) throw tooLarge('Rendered, the page', page.byteLength, limits.pageBytes)
  return page
}

function tooLarge(what: string, size: number | undefined, limit: number): GalleyError {
  const allowed = `${limit / MiB} MiB (${limit} bytes)`
  return size === undefined
    ? new GalleyError('page_too_large', `${what} has more than the ${allowed} that are allowed. Make it smaller.`, {
        limit,
      })
    : new GalleyError('page_too_large', `${what} has ${size} bytes; ${allowed} are allowed. Make it smaller.`, {
        limit,
        size,
      })
}
