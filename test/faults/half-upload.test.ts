import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { published } from '../../shared/api.ts'
import { KiB, limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { eventually } from '../e2e/stage.ts'

/** A page of some 600 KiB that compresses to some 450. */
const page = Buffer.from(
  `<!doctype html><title>Half</title>${Array.from({ length: 600 * KiB }, (_, i) => ((i * i * 7919) % 8191).toString(36))
    .join('')
    .slice(0, 600 * KiB)}`,
)
const whole = { 'Content-Length': page.byteLength }
const gzip = gzipSync(page)
const chunk = Buffer.concat([Buffer.from(`${page.byteLength.toString(16)}\r\n`), page, Buffer.from('\r\n')])

/** What is said in the head of a body, and as much of it as is ever sent. */
const halves: Record<string, { head: Record<string, string | number>; sent: Uint8Array }> = {
  'before the first byte of its body': { head: whole, sent: new Uint8Array() },
  'in the middle of it': { head: whole, sent: page.subarray(0, page.byteLength / 2) },
  'right before its last byte': { head: whole, sent: page.subarray(0, -1) },
  'in the middle of a compressed one': {
    head: { 'Content-Length': gzip.byteLength, 'Content-Encoding': 'gzip' },
    sent: gzip.subarray(0, gzip.byteLength / 2),
  },
  'right before the last byte of a compressed one': {
    head: { 'Content-Length': gzip.byteLength, 'Content-Encoding': 'gzip' },
    sent: gzip.subarray(0, -1),
  },
  'in the middle of a chunk': {
    head: { 'Transfer-Encoding': 'chunked' },
    sent: chunk.subarray(0, chunk.byteLength / 2),
  },
  'between two chunks': { head: { 'Transfer-Encoding': 'chunked' }, sent: chunk },
  'in the middle of the end of its last chunk': {
    head: { 'Transfer-Encoding': 'chunked' },
    sent: Buffer.concat([chunk, Buffer.from('0\r\n\r')]),
  },
}

/** How the sender goes: its process ends, or its machine does. */
const cuts = ['destroySoon', 'resetAndDestroy'] as const

describe('an upload whose sender dies', () => {
  let app: TestApp
  let id: string
  let later = 0
  before(async () => {
    app = await startTestApp({ clock: { now: () => Date.now() + later } })
    id = (await app.publish('<!doctype html><title>One</title>')).id
  })
  after(() => app.close())

  const count = (what: 'contents' | 'versions' | 'audit'): number =>
    Number(runOn(app.dataDir, `select count(*) as n from ${what}`)[0]?.n)
  const counts = () => ({ contents: count('contents'), versions: count('versions'), audit: count('audit') })

  /** Resolves when the connection is gone. */
  function send(head: Record<string, string | number>, sent: Uint8Array, cut: (typeof cuts)[number]): Promise<void> {
    const { port, host } = new URL(app.url)
    const lines = { Host: host, Authorization: `Bearer ${app.owner.token}`, 'Content-Type': 'text/html', ...head }
    const said = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
    return new Promise(resolve => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {}).on('close', () => resolve())
      socket.resume()
      socket.write(`POST /api/v1/artifacts/${id}/versions HTTP/1.1\r\n${said.join('')}\r\n`)
      socket.write(sent, () => socket[cut]())
    })
  }

  for (const [when, { head, sent }] of Object.entries(halves)) {
    it(`${when} leaves nothing behind`, async () => {
      const before = counts()
      for (const cut of cuts) await send(head, sent, cut)
      expect((await app.request('/healthz')).status).to.equal(200)
      // The server has taken what came before this.
      await app.publish(`<!doctype html><title>${when}</title>`, { to: id })
      const { contents, versions, audit } = before
      expect(counts()).to.deep.equal({ contents: contents + 1, versions: versions + 1, audit: audit + 1 })
    })
  }

  it('holds none of what its organisation may send at once', async () => {
    const { head, sent } = { head: whole, sent: page.subarray(0, -1) }
    for (let n = 0; n <= limits.uploadsPerOrg; n += 7) {
      await Promise.all(Array.from({ length: 7 }, () => send(head, sent, 'resetAndDestroy')))
    }
    await eventually(async () => {
      await app.publish(`<!doctype html><title>After all ${performance.now()}</title>`, { to: id })
    })
  })

  it('and was complete is kept whole, and once when it is sent again', async () => {
    const { versions } = counts()
    const head = { ...whole, 'Idempotency-Key': 'again' }
    await Promise.all(cuts.map(cut => send(head, page, cut)))
    await eventually(() => {
      expect(counts().versions).to.equal(versions + 1)
    })
    const answer = await app.request(`/api/v1/artifacts/${id}/versions`, {
      ...{ method: 'POST', token: app.owner.token, body: page },
      headers: { 'Content-Type': 'text/html', 'Idempotency-Key': 'again' },
    })
    expect(published.parse(await answer.json())).to.include({ version: versions + 1, unchanged: false })
    const source = await app.request(`/api/v1/artifacts/${id}/versions/${versions + 1}/source`, app.owner)
    expect(Buffer.from(await source.arrayBuffer()).equals(page)).to.equal(true)
    expect(counts().versions).to.equal(versions + 1)
  })

  it('or whose version nobody takes leaves bytes that are swept an hour later', async () => {
    const unnamed = () =>
      count('contents') - Number(runOn(app.dataDir, 'select count(distinct page_content) as n from versions')[0]?.n)
    const answer = await app.request(`/api/v1/artifacts/${id}/versions`, {
      ...{ method: 'POST', token: app.owner.token, body: '<!doctype html><title>Too late</title>' },
      headers: { 'Content-Type': 'text/html', 'If-Match': '"1"' },
    })
    expect(answer.status).to.equal(412)
    expect(unnamed()).to.be.at.least(1)
    later = limits.unnamedContentKept + limits.clockTolerance
    // A sweep begins with each start.
    await app.restart()
    await eventually(() => {
      expect(unnamed()).to.equal(0)
    })
  })
})
