import { createHash } from 'node:crypto'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { Artifact, Published, Version } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { type Sent, startTestApp, type TestApp } from '../app.ts'
import { problemOf } from './wire.ts'

const document = (title: string, rest = '') => `<!doctype html><title>${title}</title>${rest}`

describe('publishing over HTTP', () => {
  let app: TestApp
  before(async () => {
    app = await startTestApp()
  })
  after(() => app.close())

  const post = (path: string, sent: Sent) =>
    app.request(`/api/v1${path}`, {
      method: 'POST',
      token: app.owner.token,
      ...sent,
      headers: { 'Content-Type': 'text/html', ...sent.headers },
    })
  const publish = async (path: string, sent: Sent) => (await (await post(path, sent)).json()) as Published
  const read = async (id: string): Promise<Artifact> =>
    (await (await app.request(`/api/v1/artifacts/${id}`, { token: app.owner.token })).json()) as Artifact
  const versions = async (id: string): Promise<Version[]> => {
    const answer = await app.request(`/api/v1/artifacts/${id}/versions`, { token: app.owner.token })
    return ((await answer.json()) as { versions: Version[] }).versions
  }

  it('answers with the address, the version and the hash of the page', async () => {
    const html = document('Report')
    const answer = await post('/artifacts', { body: html })
    const published = (await answer.json()) as Published
    expect(answer.status).to.equal(201)
    expect(answer.headers.get('Location')).to.equal(`${app.url}/api/v1/artifacts/${published.id}`)
    expect(published).to.deep.equal({
      id: published.id,
      url: `${app.url}/a/${published.id}`,
      version: 1,
      sha256: createHash('sha256').update(html).digest('hex'),
      unchanged: false,
      warnings: [],
      moreWarnings: 0,
    })
  })

  it("is private and its publisher's own at first, with the page's title", async () => {
    const { id } = await app.publish(document('Quarterly report'))
    const { role, audience, title, icon, author, shown } = await read(id)
    expect({ role, audience, title, icon }).to.deep.equal({
      role: 'owner',
      audience: 'private',
      title: 'Quarterly report',
      icon: '📄',
    })
    expect(author).to.deep.equal({ name: 'olive', email: 'olive@acme.example' })
    expect(shown.number).to.equal(1)
  })

  it('leaves out of the page’s own title what would turn it round, and keeps what a language needs', async () => {
    const { id } = await app.publish('<title>Invoice \u202efdp.exe\u2069</title>')
    expect((await read(id)).title).to.equal('Invoice fdp.exe')
    await app.publish('<title>\u202e\u2066</title>', { to: id })
    expect((await read(id)).title).to.equal('Untitled')
    await app.publish('<title>\u200fدوشنبه‌ها \u200d</title>', { to: id })
    expect((await read(id)).title).to.contain('\u200fدوشنبه‌ها')
    const prose = new URLSearchParams({ description: 'Two\nlines,\tand a tab', note: 'a\r\nb' })
    await app.publish('<title>Prose</title>', { to: id, query: prose.toString() })
    expect((await read(id)).description).to.equal('Two\nlines,\tand a tab')
  })

  it('takes title, icon, description, note and provenance from the query', async () => {
    const query = new URLSearchParams({
      title: 'Mine',
      icon: '🇩🇪',
      description: 'What it is',
      note: 'First',
      host: 'ci-7',
      commit: 'abc',
    })
    const { id } = await app.publish(document('Its own'), { query: query.toString() })
    expect(await read(id)).to.include({ title: 'Mine', icon: '🇩🇪', description: 'What it is' })
    const [version] = await versions(id)
    expect(version).to.deep.include({ number: 1, note: 'First', provenance: { host: 'ci-7', commit: 'abc' } })
  })

  it('renders Markdown', async () => {
    const published = await publish('/artifacts', {
      headers: { 'Content-Type': 'text/markdown; charset=UTF-8' },
      body: '# Notes\n\n| a |\n|---|\n| 1 |',
    })
    const page = await app.request(`/api/v1/artifacts/${published.id}/versions/1/page`, { token: app.owner.token })
    expect(await page.text()).to.include('<table>')
    expect((await read(published.id)).title).to.equal('Notes')
  })

  for (const [encoding, compress] of [
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ] as const) {
    it(`takes a body with Content-Encoding ${encoding}`, async () => {
      const html = document('Compressed', 'x'.repeat(100_000))
      const published = await publish('/artifacts', {
        headers: { 'Content-Encoding': encoding },
        body: new Uint8Array(compress(html)),
      })
      expect(published.sha256).to.equal(createHash('sha256').update(html).digest('hex'))
    })
  }

  it('names what the sandbox will block, by line', async () => {
    const { warnings } = await app.publish(document('W', '\n<script src="https://cdn.example/x.js"></script>'))
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.include({ line: 2 })
  })

  it('takes exactly as much as the limit', async () => {
    const html = document('Big').padEnd(limits.sourceBytes, '.')
    const published = await app.publish(html)
    expect((await read(published.id)).shown.size).to.equal(limits.sourceBytes)
  })

  describe('the next version', () => {
    it('counts on, and the title follows the page unless one was given', async () => {
      const { id } = await app.publish(document('One'))
      const answer = await post(`/artifacts/${id}/versions`, { body: document('Two') })
      expect(answer.status).to.equal(201)
      expect(answer.headers.get('Location')).to.equal(`${app.url}/api/v1/artifacts/${id}/versions/2`)
      expect(await read(id)).to.include({ title: 'Two', latest: 2 })
      await app.publish(document('Three'), { to: id, query: 'title=Given' })
      await app.publish(document('Four'), { to: id })
      expect(await read(id)).to.include({ title: 'Given', latest: 4 })
    })

    it('is none when the bytes are the latest already', async () => {
      const { id } = await app.publish(document('Same'))
      const before = await read(id)
      const answer = await post(`/artifacts/${id}/versions`, { body: document('Same') })
      expect(answer.status).to.equal(200)
      expect(await answer.json()).to.include({ version: 1, unchanged: true })
      expect(await read(id)).to.deep.equal(before)
    })

    it('is none, but renames, when only the title or icon is new', async () => {
      const { id } = await app.publish(document('Same'))
      const { rev } = await read(id)
      const published = await publish(`/artifacts/${id}/versions?title=New&icon=${encodeURIComponent('🚢')}`, {
        body: document('Same'),
      })
      expect(published).to.include({ version: 1, unchanged: true })
      expect(await read(id)).to.include({ title: 'New', icon: '🚢', latest: 1, rev: rev + 1 })
    })

    it('is one when the page of an older version comes back', async () => {
      const { id, sha256 } = await app.publish(document('A'))
      await app.publish(document('B'), { to: id })
      expect(await app.publish(document('A'), { to: id })).to.include({ version: 3, sha256, unchanged: false })
    })

    it('gets consecutive numbers, however many come at once', async () => {
      const { id } = await app.publish(document('0'))
      const all = await Promise.all(Array.from({ length: 12 }, (_, i) => app.publish(document(`${i + 1}`), { to: id })))
      expect(all.map(each => each.version).sort((a, b) => a - b)).to.deep.equal([
        2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
      ])
      expect((await versions(id)).map(each => each.number)).to.deep.equal([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    })

    it('with If-Match, has exactly one winner', async () => {
      const { id } = await app.publish(document('Race'))
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, i) =>
          post(`/artifacts/${id}/versions`, { headers: { 'If-Match': '"1"' }, body: document(`Racer ${i}`) }),
        ),
      )
      expect(answers.map(answer => answer.status).sort()).to.deep.equal([201, ...Array<number>(7).fill(412)])
      expect((await read(id)).latest).to.equal(2)
    })

    it('answers what is the latest already, whatever If-Match says: the answer to it may have been lost', async () => {
      const { id } = await app.publish(document('1'))
      const again = () => post(`/artifacts/${id}/versions`, { headers: { 'If-Match': '"1"' }, body: document('2') })
      expect((await again()).status).to.equal(201)
      const second = await again()
      expect(second.status).to.equal(200)
      expect(await second.json()).to.include({ version: 2, unchanged: true })
    })

    it('says which version is current when If-Match is stale', async () => {
      const { id } = await app.publish(document('1'))
      await app.publish(document('2'), { to: id })
      const [second, first] = await versions(id)
      for (const stale of ['"1"', '"1", "7"', 'W/"2"', '"x"', `"${first?.sha256}"`, `W/"${second?.sha256}"`]) {
        const answer = await post(`/artifacts/${id}/versions`, { headers: { 'If-Match': stale }, body: document('3') })
        expect(answer.status, stale).to.equal(412)
        expect(await problemOf(answer)).to.include({ code: 'version_conflict', current: 2 })
      }
      expect((await read(id)).latest).to.equal(2)
      for (const fresh of [`"1", "${second?.sha256}"`, '"3"', '"1", "4"', '*']) {
        const body = document(`fresh ${fresh}`)
        expect((await post(`/artifacts/${id}/versions`, { headers: { 'If-Match': fresh }, body })).status).to.equal(201)
      }
    })
  })

  describe('with an Idempotency-Key', () => {
    it('answers a repetition as it did the first time, and publishes once', async () => {
      const { id } = await app.publish(document('Start'))
      const again = () =>
        post(`/artifacts/${id}/versions?note=n`, {
          headers: { 'Idempotency-Key': 'k-1', 'If-Match': '"1"' },
          body: document('Next'),
        })
      const first = await again()
      const second = await again()
      expect([first.status, second.status]).to.deep.equal([201, 201])
      expect(await second.json()).to.deep.equal(await first.json())
      expect((await read(id)).latest).to.equal(2)
    })

    it('makes one artifact when two arrive at once', async () => {
      const headers = { 'Idempotency-Key': 'k-2' }
      const both = await Promise.all([1, 2, 3].map(() => publish('/artifacts', { headers, body: document('Twice') })))
      expect(new Set(both.map(each => each.id)).size).to.equal(1)
    })

    it('knows a request again over another Content-Encoding', async () => {
      const headers = { 'Idempotency-Key': 'k-3' }
      const plain = await publish('/artifacts', { headers, body: document('Zip') })
      const zipped = await publish('/artifacts', {
        headers: { ...headers, 'Content-Encoding': 'gzip' },
        body: new Uint8Array(gzipSync(document('Zip'))),
      })
      expect(zipped.id).to.equal(plain.id)
    })

    it('refuses the key with another body, another query or another page', async () => {
      const headers = { 'Idempotency-Key': 'k-4' }
      const { id } = await publish('/artifacts', { headers, body: document('Once') })
      for (const [path, body] of [
        ['/artifacts', document('Other')],
        ['/artifacts?note=x', document('Once')],
        [`/artifacts/${id}/versions`, document('Once')],
      ] as const) {
        const answer = await post(path, { headers, body })
        expect(answer.status).to.equal(422)
        expect((await problemOf(answer)).code).to.equal('idempotency_key_reused')
      }
    })

    it('refuses the key with another If-Match', async () => {
      const { id } = await app.publish(document('Start'))
      const publishOn = (match: string) =>
        post(`/artifacts/${id}/versions`, {
          headers: { 'Idempotency-Key': 'k-6', 'If-Match': match },
          body: document('Next'),
        })
      expect((await publishOn('"1"')).status).to.equal(201)
      expect((await problemOf(await publishOn('"7"'))).code).to.equal('idempotency_key_reused')
    })

    it('keeps the keys of different members apart', async () => {
      const other = await app.addMember('other@acme.example')
      const headers = { 'Idempotency-Key': 'k-5' }
      const mine = await publish('/artifacts', { headers, body: document('K') })
      const theirs = await publish('/artifacts', { headers, body: document('L'), token: other.token })
      expect(theirs.id).to.not.equal(mine.id)
    })
  })
})
