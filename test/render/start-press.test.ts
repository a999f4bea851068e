import { createHash, randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { brotliCompressSync, gzipSync, inflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import { unpack } from '../../server/render/content.ts'
import type { Content, Copy, Press, Proof } from '../../server/render/press.ts'
import { startPress } from '../../server/render/start-press.ts'
import { applyDelta } from '../../shared/delta.ts'
import { type ErrorCode, GalleyError } from '../../shared/errors.ts'
import { KiB, limits, MiB } from '../../shared/limits.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const copyOf = (page: string | Uint8Array, more: Partial<Copy> = {}): Copy => ({
  body: typeof page === 'string' ? bytes(page) : page,
  bodyEncoding: 'identity',
  type: 'text/html',
  fallbackTitle: 'Untitled',
  ...more,
})
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex')
const textOf = (content: Content): string => Buffer.from(unpack(content)).toString()

/** Valid UTF-8 of exactly this many bytes, that hardly compresses. */
const noise = (size: number): string => {
  const start = '<!doctype html><title>Noise</title>\n<p>'
  return (
    start +
    randomBytes(size)
      .toString('base64')
      .slice(0, size - start.length)
  )
}

describe('the press', function () {
  this.timeout(120_000)
  const press = startPress({ threads: 1 })
  after(() => press.close())

  async function refused(copy: Copy): Promise<GalleyError> {
    const error: unknown = await press.prove(copy).then(
      () => undefined,
      error => error,
    )
    if (error instanceof GalleyError) return error
    throw new Error(`Was not refused as it should be: ${error}`)
  }
  const code = async (copy: Copy): Promise<ErrorCode> => (await refused(copy)).code

  it('keeps a document as it is, byte for byte', async () => {
    for (const size of [2 * KiB, 300 * KiB]) {
      const html = `\uFEFF<!doctype html>\r\n<title>A &amp; B</title>${noise(size)}`
      const proof = await press.prove(copyOf(html))
      expect(proof.title).to.equal('A & B')
      expect(proof.page).to.equal(proof.source)
      expect(Buffer.from(unpack(proof.page.content)).equals(Buffer.from(html))).to.equal(true)
      expect(proof.page.sha256).to.equal(sha256(bytes(html)))
      expect(proof.page.size).to.equal(bytes(html).length)
    }
  })

  it('wraps a fragment and renders Markdown, keeping the source as published', async () => {
    for (const [page, type] of [
      ['<h1>Tea</h1>', 'text/html'],
      ['# Tea\n', 'text/markdown'],
    ] as const) {
      const proof = await press.prove(copyOf(page, { type }))
      expect(textOf(proof.source.content)).to.equal(page)
      expect(textOf(proof.page.content)).to.match(/^<!doctype html>[\s\S]*<title>Tea<\/title>[\s\S]*<h1/)
      expect(proof.title).to.equal('Tea')
      expect(proof.page.sha256).to.equal(sha256(unpack(proof.page.content)))
    }
    const untitled = await press.prove(copyOf('<p>x</p>'))
    expect(untitled.title).to.equal(undefined)
    expect(textOf(untitled.page.content)).to.contain('<title>Untitled</title>')
  })

  it('takes gzip and br off', async () => {
    const html = `<!doctype html><title>Tea</title>${'<p>pot</p>\n'.repeat(20_000)}`
    for (const [bodyEncoding, body] of [
      ['gzip', gzipSync(html)],
      ['br', brotliCompressSync(html)],
    ] as const) {
      const proof = await press.prove(copyOf(body, { bodyEncoding }))
      expect(proof.source.sha256).to.equal(sha256(bytes(html)))
      expect(proof.page.content.encoding).to.equal('br')
    }
  })

  it('names what the sandbox will block', async () => {
    const { warnings, moreWarnings } = await press.prove(copyOf('<p>\n<img src="x.png">'))
    expect(warnings.map(({ line, rule }) => ({ line, rule }))).to.deep.equal([{ line: 2, rule: 'image' }])
    expect(moreWarnings).to.equal(0)
  })

  describe('the limit', () => {
    it('is met by exactly 16 MiB, and missed by one byte more, with both sizes', async () => {
      const html = noise(limits.pageBytes)
      const proof = await press.prove(copyOf(html))
      expect(proof.page.size).to.equal(16 * MiB)
      const error = await refused(copyOf(`${html}x`))
      expect(error.code).to.equal('page_too_large')
      expect(error.facts).to.deep.equal({ limit: 16 * MiB, size: 16 * MiB + 1 })
      expect(error.message).to.contain('16777217').and.contain('16777216')
    })

    it('holds for the rendered page', async () => {
      const error = await refused(copyOf(`<p>${noise(limits.pageBytes - 3)}`))
      expect(error.code).to.equal('page_too_large')
      expect(error.facts.size).to.be.above(limits.pageBytes)
      expect(error.message).to.contain('Rendered')
    })

    it('cuts a compressed bomb off, and takes a compressed page of exactly 16 MiB', async () => {
      const bomb = Buffer.alloc(200 * MiB, 'a')
      const full = Buffer.from(noise(limits.pageBytes))
      for (const [bodyEncoding, compress] of [
        ['gzip', gzipSync],
        ['br', (data: Buffer) => brotliCompressSync(data, { params: { 1: 1 } })],
      ] as const) {
        const error = await refused(copyOf(compress(bomb), { bodyEncoding }))
        expect(error.code).to.equal('page_too_large')
        expect(error.facts).to.deep.equal({ limit: limits.sourceBytes })
        expect((await press.prove(copyOf(compress(full), { bodyEncoding }))).source.size).to.equal(16 * MiB)
        expect(await code(copyOf(compress(Buffer.concat([full, Buffer.from('x')])), { bodyEncoding }))).to.equal(
          'page_too_large',
        )
      }
    })
  })

  it('refuses what is no page, wherever the work is done', async () => {
    for (const pad of ['', 'x'.repeat(200 * KiB)]) {
      expect(await code(copyOf(Buffer.concat([Buffer.from(pad), Buffer.from([0xc3, 0x28])])))).to.equal('not_utf8')
      expect(await code(copyOf(`${pad}not gzip`, { bodyEncoding: 'gzip' }))).to.equal('bad_encoding')
      expect(await code(copyOf(`${pad}not br`, { bodyEncoding: 'br' }))).to.equal('bad_encoding')
    }
    const cut = gzipSync(noise(300 * KiB)).subarray(0, 100 * KiB)
    expect(await code(copyOf(cut, { bodyEncoding: 'gzip' }))).to.equal('bad_encoding')
    for (const empty of ['', '\uFEFF', ' \r\n\t', ' '.repeat(100 * KiB)]) {
      expect(await code(copyOf(empty))).to.equal('empty_page')
      expect(await code(copyOf(empty, { type: 'text/markdown' }))).to.equal('empty_page')
    }
  })

  describe('a delta', () => {
    const rows = (count: number, edited: number): string =>
      `<!doctype html>${Array.from({ length: count }, (_, row) => `<tr><td>${row}</td><td>${row === edited ? 'x' : row * 7919}</td></tr>\n`).join('')}`
    const leads = (from: Proof, to: Proof, delta: Uint8Array | undefined): void => {
      if (!delta) throw new Error('No delta was made.')
      const made = applyDelta(unpack(from.page.content), inflateRawSync(delta), limits.pageBytes)
      expect(sha256(made)).to.equal(to.page.sha256)
      expect(delta.length).to.be.below(100)
    }

    for (const count of [500, 20_000]) {
      it(`comes with a page of ${count} rows, and on its own`, async () => {
        const from = await press.prove(copyOf(rows(count, -1)))
        const previous = { sha256: from.page.sha256, content: from.page.content }
        const to = await press.prove(copyOf(rows(count, 77), { previous }))
        leads(from, to, to.delta)
        leads(from, to, await press.delta(from.page.content, to.page.content))
        expect((await press.prove(copyOf(rows(count, -1), { previous }))).delta).to.equal(undefined)
        expect((await press.prove(copyOf(noise(10 * KiB), { previous }))).delta).to.equal(undefined)
        // What was lent is still there: nothing was detached.
        expect(unpack(previous.content).length).to.equal(from.page.size)
      })
    }
  })

  it('unpacks what it packed', async () => {
    for (const size of [2 * KiB, 2 * MiB]) {
      const { page } = await press.prove(copyOf(noise(size)))
      expect(sha256(await press.plain(page.content))).to.equal(page.sha256)
      expect(sha256(await press.plain(page.content))).to.equal(page.sha256)
    }
  })

  it('turns work away when it is closed', async () => {
    const closing = startPress({ threads: 1 })
    const copy = copyOf('# x', { type: 'text/markdown' })
    const outcome = closing.prove(copy).catch((error: GalleyError) => error.code)
    await closing.close()
    expect(await outcome).to.equal('overloaded')
    expect(await closing.prove(copy).catch((error: GalleyError) => error.code)).to.equal('overloaded')
  })

  describe('while its threads are busy', () => {
    /** Takes far longer than any time given here. */
    const endless = copyOf('*a_ '.repeat(1 * MiB), { type: 'text/markdown' })
    const small = copyOf('# Tea', { type: 'text/markdown' })
    const presses: Press[] = []
    const pressOf = (options: Parameters<typeof startPress>[0]): Press => {
      const made = startPress(options)
      presses.push(made)
      return made
    }
    const outcome = (proving: Promise<Proof>): Promise<string> =>
      proving.then(
        () => 'ok',
        (error: GalleyError) => error.code,
      )
    afterEach(() => Promise.all(presses.splice(0).map(made => made.close())))

    it('counts the time of a task from when it has a thread', async () => {
      const one = pressOf({ threads: 1, task: 2_500 })
      const large = [1, 2].map(() => outcome(one.prove(endless)))
      await setTimeout(200)
      expect(await outcome(one.prove(small))).to.equal('ok')
      expect(await Promise.all(large)).to.deep.equal(['page_too_complex', 'page_too_complex'])
    })

    it('turns away what has waited too long', async () => {
      const one = pressOf({ threads: 1, task: 1_500, wait: 200 })
      const outcomes = await Promise.all([outcome(one.prove(endless)), outcome(one.prove(small))])
      expect(outcomes).to.deep.equal(['page_too_complex', 'overloaded'])
    })

    it('keeps small tasks, and what only is to be unpacked, behind no large ones', async () => {
      const { page } = await press.prove(copyOf(noise(2 * MiB)))
      const two = pressOf({ threads: 2 })
      const ended: string[] = []
      const large = [1, 2].map(() => outcome(two.prove(endless)).then(() => ended.push('large')))
      await setTimeout(500)
      await Promise.all([two.prove(small), two.plain(page.content)])
      expect(ended).to.deep.equal([])
      await two.close()
      await Promise.all(large)
    })

    it('copies no bytes of what waits', async () => {
      const one = pressOf({ threads: 1 })
      const before = process.memoryUsage().arrayBuffers
      const outcomes = Array.from({ length: 40 }, () => outcome(one.prove(endless)))
      await setTimeout(500)
      expect(process.memoryUsage().arrayBuffers - before).to.be.below(40 * MiB)
      await one.close()
      expect(new Set(await Promise.all(outcomes))).to.deep.equal(new Set(['overloaded']))
    })
  })

  it('turns away what the queue has no room for, and takes work again afterwards', async () => {
    const html = noise(200 * KiB)
    const outcomes = await Promise.all(
      Array.from({ length: limits.pressQueue + 20 }, () =>
        press.prove(copyOf(html)).then(
          () => 'ok',
          (error: GalleyError) => error.code,
        ),
      ),
    )
    expect(new Set(outcomes)).to.deep.equal(new Set(['ok', 'overloaded']))
    expect((await press.prove(copyOf(html))).page.size).to.equal(200 * KiB)
  })
})
