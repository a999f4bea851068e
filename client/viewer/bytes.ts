/** Reads a stream to its end. @throws RangeError past `most` bytes, without having kept what lies beyond */
export async function collect(
  stream: ReadableStream<Uint8Array> | null,
  most: number,
  progress: (loaded: number) => void = () => {},
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let loaded = 0
  const reader = stream?.getReader()
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
    chunks.push(read.value)
    loaded += read.value.byteLength
    if (loaded > most) {
      void reader?.cancel().catch(() => {})
      throw new RangeError(`More than ${most} bytes.`)
    }
    progress(loaded)
  }
  const bytes = new Uint8Array(loaded)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

export const decodeBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), character => character.charCodeAt(0))

/** SHA-256, lower-case hex. */
export async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
}
