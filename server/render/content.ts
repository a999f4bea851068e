import { promisify } from 'node:util'
import { brotliCompressSync, brotliDecompress, brotliDecompressSync, constants, gunzipSync } from 'node:zlib'
import { limits } from '../../shared/limits.ts'
import type { Content, Copy } from './press.ts'

/**
 * Measured on reports of 100 KiB to 8 MiB: 5 makes them a twentieth smaller in about twice the time, which whoever
 * waits for the new version would feel; 3 is a twentieth larger. A larger window than the default gained nothing.
 */
const quality = 4

/** Compressed, unless that makes it no smaller. */
export function pack(bytes: Uint8Array): Content {
  const compressed = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: quality,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
    },
  })
  return compressed.byteLength < bytes.byteLength
    ? { encoding: 'br', bytes: whole(compressed) }
    : { encoding: 'identity', bytes: whole(bytes) }
}

/** The same bytes in a buffer of their own: what is kept or sent to a thread must not drag a larger one along. */
export const whole = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes)

export const unpack = (content: Content): Uint8Array =>
  content.encoding === 'br' ? brotliDecompressSync(content.bytes) : content.bytes

const brotliDecompressed = promisify(brotliDecompress)

/** The same on the threads of zlib, which need none of ours. What is kept was never larger than a source or a page. */
export const unpackOffLoop = async ({ encoding, bytes }: Content): Promise<Uint8Array> =>
  encoding === 'br'
    ? brotliDecompressed(bytes, {
        maxOutputLength: Math.max(limits.pageBytes, limits.sourceBytes),
        // Each chunk comes back through the event loop: the default would make a thousand of 16 MiB.
        chunkSize: limits.pieceBytes,
      })
    : bytes

/**
 * Takes a Content-Encoding off, never making more than `maxBytes`: a bomb is cut off there.
 * @throws Error with code ERR_BUFFER_TOO_LARGE when there would be more, or zlib's own when it is no such encoding.
 */
export function decode(bytes: Uint8Array, encoding: Copy['bodyEncoding'], maxBytes: number): Uint8Array {
  const options = { maxOutputLength: maxBytes }
  const plain =
    encoding === 'gzip' ? gunzipSync(bytes, options) : encoding === 'br' ? brotliDecompressSync(bytes, options) : bytes
  if (plain.byteLength > maxBytes) throw Object.assign(new Error('Too large.'), { code: 'ERR_BUFFER_TOO_LARGE' })
  return plain
}
