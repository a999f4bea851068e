import type { Shown } from '../../shared/api.ts'
import { applyDelta } from '../../shared/delta.ts'
import { limits } from '../../shared/limits.ts'
import { call, type Http, isSignedOut } from '../network/http.ts'
import { collect, decodeBase64, hash } from './bytes.ts'
import type { Miss, Page, Way } from './document.ts'

export interface BodyRequest {
  artifactId: string
  of: Shown
  way: Way
}

export interface BodyOptions extends Http {
  signal: AbortSignal
  /** `total` is 0 while unknown. */
  progress(loaded: number, total: number): void
}

export type BodyOutcome = { page: Page } | { why: Miss | 'signed_out' }

/** Gets a page's bytes, and says that it has them only when their SHA-256 is the wanted one. Rejects only when aborted. */
export async function fetchBody(request: BodyRequest, options: BodyOptions): Promise<BodyOutcome> {
  const { of } = request
  try {
    const bytes = await bytesOf(request, options)
    if (typeof bytes === 'string') return { why: bytes }
    const sha256 = await hash(bytes)
    options.signal.throwIfAborted()
    return sha256 === of.sha256 ? { page: { number: of.number, sha256, bytes } } : { why: 'spoiled' }
  } catch {
    options.signal.throwIfAborted()
    return { why: 'spoiled' }
  }
}

type Bytes = Uint8Array<ArrayBuffer>

async function bytesOf(request: BodyRequest, options: BodyOptions): Promise<Bytes | Miss | 'signed_out'> {
  const { of, way } = request
  if (way.kind === 'inline') return applied(way.base, decodeBase64(way.delta), of)
  const body = await fetched(request, options)
  return typeof body === 'string' || way.kind === 'page' ? body : applied(way.base, body, of)
}

async function fetched(
  { artifactId, of, way }: BodyRequest,
  options: BodyOptions,
): Promise<Bytes | Miss | 'signed_out'> {
  const version = `/api/v1/artifacts/${artifactId}/versions/${of.number}`
  try {
    const path = way.kind === 'delta' ? `${version}/delta?from=${way.base.sha256}` : `${version}/page`
    const answer = await call(options, path, { signal: options.signal })
    if (!answer.ok) return missed(answer.code)
    const { body, headers } = answer.response
    // A page's size is known, and its content-length that of what is compressed; a delta is not compressed again.
    const total = way.kind === 'delta' ? Number(headers.get('content-length') ?? 0) : of.size
    return await collect(body, of.size, loaded => options.progress(loaded, total))
  } catch (error) {
    options.signal.throwIfAborted()
    return error instanceof RangeError ? 'spoiled' : 'unreachable'
  }
}

function missed(code: string): Miss | 'signed_out' {
  if (code === 'unknown_base' || code === 'no_delta') return 'no_delta'
  if (code === 'not_found') return 'gone'
  return isSignedOut(code) ? 'signed_out' : 'unreachable'
}

/** @param deflated RFC 1951, as in `version` events and in the answer to `…/delta`. */
async function applied(base: Page, deflated: Bytes, of: Shown): Promise<Bytes> {
  const inflated = new Blob([deflated]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  // What inflates to more than the largest page could not be a delta that is worth having.
  const delta = await collect(inflated, limits.pageBytes)
  return applyDelta(base.bytes, delta, of.size)
}
