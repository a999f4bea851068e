import { createHash, randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import { type BodyOutcome, fetchBody } from '../../client/viewer/body.ts'
import type { Way } from '../../client/viewer/document.ts'
import type { Shown } from '../../shared/api.ts'
import { makeDelta } from '../../shared/delta.ts'
import { MiB } from '../../shared/limits.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const rows = (last: string) =>
  Buffer.from(`${Array.from({ length: 200 }, (_, i) => `<p>Row ${i}</p>`).join('\n')}${last}`)
const [before, after] = [rows('before'), rows('after')]
const of: Shown = { number: 2, sha256: sha256(after), size: after.length, publishedAt: '', note: null }
const base = { number: 1, sha256: sha256(before), bytes: before }
const delta = deflateRawSync(makeDelta(before, after) ?? new Uint8Array())

describe('getting a page’s bytes', () => {
  const loaded: number[] = []
  let path = ''

  function get(
    way: Way,
    answer: () => Response = () => new Response(null, { status: 500 }),
    signal = new AbortController().signal,
  ): Promise<BodyOutcome> {
    return fetchBody(
      { artifactId: 'cart_1', of, way },
      {
        origin: '',
        signal,
        progress: now => loaded.push(now),
        async fetch(input) {
          path = String(input)
          return answer()
        },
      },
    )
  }
  const problem = (status: number, code: string) => () => Response.json({ code, detail: 'A sentence.' }, { status })
  const body = (bytes: Uint8Array) => () => new Response(new Uint8Array(bytes))
  const inline = (bytes: Uint8Array): Way => ({ kind: 'inline', base, delta: Buffer.from(bytes).toString('base64') })
  const bytesOf = (outcome: BodyOutcome) =>
    'page' in outcome ? Buffer.from(outcome.page.bytes).toString() : outcome.why

  it('D3: from the delta that came along, from one over HTTP, and whole', async () => {
    expect(bytesOf(await get(inline(delta)))).to.equal(after.toString())
    expect(bytesOf(await get({ kind: 'delta', base }, body(delta)))).to.equal(after.toString())
    expect(path).to.equal(`/api/v1/artifacts/cart_1/versions/2/delta?from=${base.sha256}`)
    expect(bytesOf(await get({ kind: 'page' }, body(after)))).to.equal(after.toString())
    expect(path).to.equal('/api/v1/artifacts/cart_1/versions/2/page')
    expect(loaded.at(-1)).to.equal(after.length)
  })

  it('D4: takes nothing whose hash is another', async () => {
    const other = deflateRawSync(makeDelta(before, rows('other')) ?? new Uint8Array())
    expect(await get(inline(other))).to.deep.equal({ why: 'spoiled' })
    expect(await get({ kind: 'page' }, body(before))).to.deep.equal({ why: 'spoiled' })
  })

  it('D4: takes no delta that is cut off, is none, or unpacks to more than it may', async () => {
    const bomb = deflateRawSync(new Uint8Array(64 * MiB))
    for (const bytes of [
      delta.subarray(0, -5),
      randomBytes(500),
      new Uint8Array(),
      bomb,
      deflateRawSync(randomBytes(500)),
    ]) {
      expect(await get(inline(bytes))).to.deep.equal({ why: 'spoiled' })
      expect(await get({ kind: 'delta', base }, body(bytes)))
        .to.have.property('why')
        .that.is.oneOf(['spoiled', 'unreachable'])
    }
    expect(await get({ kind: 'inline', base, delta: '%%%' }).catch(() => 'thrown')).to.deep.equal({ why: 'spoiled' })
  })

  it('D4: stops reading a page that is longer than was said', async () => {
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    expect(await get({ kind: 'page' }, () => new Response(endless))).to.deep.equal({ why: 'spoiled' })
    expect(sent).to.be.lessThan(MiB)
  })

  it('D8: tells apart no delta, gone, signed out and not reached', async () => {
    const way: Way = { kind: 'delta', base }
    expect(await get(way, problem(404, 'unknown_base'))).to.deep.equal({ why: 'no_delta' })
    expect(await get(way, problem(404, 'no_delta'))).to.deep.equal({ why: 'no_delta' })
    expect(await get(way, problem(404, 'not_found'))).to.deep.equal({ why: 'gone' })
    expect(await get(way, problem(401, 'not_signed_in'))).to.deep.equal({ why: 'signed_out' })
    expect(await get(way, problem(503, 'overloaded'))).to.deep.equal({ why: 'unreachable' })
    expect(await get(way, () => new Response('<h1>Bad gateway', { status: 502 }))).to.deep.equal({ why: 'unreachable' })
    const failing = () => {
      throw new TypeError('fetch failed')
    }
    expect(await get(way, failing)).to.deep.equal({ why: 'unreachable' })
  })

  it('D5: rejects only when it was aborted', async () => {
    const abort = new AbortController()
    abort.abort()
    const outcome = await get({ kind: 'page' }, body(after), abort.signal).catch((error: unknown) => error)
    expect(outcome).to.equal(abort.signal.reason)
  })
})
