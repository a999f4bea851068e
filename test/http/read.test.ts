import { createHash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { expect } from 'chai'
import type { Artifact, ArtifactList, Scope, Version, VersionList } from '../../shared/api.ts'
import { applyDelta } from '../../shared/delta.ts'
import { newId } from '../../shared/ids.ts'
import { type Sent, startTestApp, type TestApp, type TestMember } from '../app.ts'
import { onTheWire, problemOf } from './wire.ts'

const page = (n: number, rest = '') =>
  `<!doctype html><title>Page ${n}</title>${'<p>line</p>\n'.repeat(50)}<b>${n}</b>${rest}`
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
const allIds = /cart_[0-9A-Za-z]{22}/g

describe('reading over HTTP', () => {
  let app: TestApp
  let other: TestMember
  let stranger: TestMember
  before(async () => {
    app = await startTestApp()
    other = await app.addMember('otto@acme.example')
    stranger = await app.addMember('stan@elsewhere.example', 'Elsewhere')
  })
  after(() => app.close())

  const get = (path: string, sent: Sent = {}) => app.request(`/api/v1${path}`, { token: app.owner.token, ...sent })
  const json = async <T>(path: string, sent?: Sent) => (await (await get(path, sent)).json()) as T

  it('gives the artifact and its current state alike', async () => {
    const { id, url, sha256 } = await app.publish(page(1))
    const artifact = await json<Artifact>(`/artifacts/${id}`)
    expect(artifact).to.include({ id, url, title: 'Page 1', role: 'owner', latest: 1, pinned: null, rev: 1 })
    expect(artifact.shown).to.deep.include({ number: 1, sha256, size: page(1).length })
    expect(await json(`/artifacts/${id}/current`)).to.deep.equal(artifact)
  })

  it('answers a conditional request for what is current with 304, until it changes', async () => {
    const { id } = await app.publish(page(1))
    const first = await get(`/artifacts/${id}/current`)
    expect(first.headers.get('Cache-Control')).to.equal('private, no-cache')
    const etag = first.headers.get('ETag') ?? ''
    const same = await get(`/artifacts/${id}/current`, { headers: { 'If-None-Match': etag } })
    expect(same.status).to.equal(304)
    expect(await same.text()).to.equal('')
    await app.publish(page(2), { to: id })
    const changed = await get(`/artifacts/${id}/current`, { headers: { 'If-None-Match': etag } })
    expect(changed.status).to.equal(200)
    expect(((await changed.json()) as Artifact).shown.number).to.equal(2)
  })

  describe('bytes', () => {
    let id: string
    before(async () => {
      id = (await app.publish(page(1))).id
      await app.publish(page(2), { to: id })
    })

    for (const kind of ['page', 'source', `delta?from=${sha256(page(1))}`]) {
      it(`never are a document: ${kind.split('?')[0]}`, async () => {
        const answer = await get(`/artifacts/${id}/versions/2/${kind}`)
        expect(answer.status).to.equal(200)
        expect(Object.fromEntries(answer.headers)).to.include({
          'content-type': 'application/octet-stream',
          'content-security-policy': "sandbox; default-src 'none'",
          'x-content-type-options': 'nosniff',
          'cache-control': 'private, no-cache',
          'cross-origin-resource-policy': 'same-origin',
        })
        expect(answer.headers.get('Content-Disposition')).to.match(/^attachment; filename="cart_\w+-2\.[a-z.]+"$/)
        expect(answer.headers.get('Set-Cookie')).to.equal(null)
      })

      it(`answer a conditional request, and HEAD: ${kind.split('?')[0]}`, async () => {
        const path = `/artifacts/${id}/versions/2/${kind}`
        const full = await get(path)
        const etag = full.headers.get('ETag') ?? ''
        const bytes = await full.arrayBuffer()
        const conditional = await get(path, { headers: { 'If-None-Match': etag } })
        expect(conditional.status).to.equal(304)
        expect(conditional.headers.get('ETag')).to.equal(etag)
        expect((await get(path, { headers: { 'If-None-Match': '"other"' } })).status).to.equal(200)
        const head = await get(path, { method: 'HEAD', headers: { 'Accept-Encoding': 'identity' } })
        expect(head.status).to.equal(200)
        expect(head.headers.get('Content-Length')).to.equal(String(bytes.byteLength))
        expect(await head.text()).to.equal('')
      })
    }

    it('come compressed to whoever takes brotli, plain to others, under their hash', async () => {
      for (const kind of ['page', 'source']) {
        const path = `/api/v1/artifacts/${id}/versions/1/${kind}`
        const headers = { Authorization: `Bearer ${app.owner.token}` }
        const br = await app.request(path, { headers: { ...headers, 'Accept-Encoding': 'br, gzip' } })
        expect(br.headers.get('Content-Encoding')).to.equal('br')
        expect(br.headers.get('Vary')).to.equal('Accept-Encoding')
        expect(br.headers.get('ETag')).to.equal(`"${sha256(page(1))}"`)
        expect(await br.text()).to.equal(page(1))
        const plain = await onTheWire(app, path, { method: 'GET', headers }, request => request.end())
        expect(plain.headers).to.not.have.property('content-encoding')
        expect(plain.headers.vary).to.equal('Accept-Encoding')
        expect(plain.body).to.equal(page(1))
      }
    })

    it('of a delta lead from the one page to the other', async () => {
      const answer = await get(`/artifacts/${id}/versions/2/delta?from=${sha256(page(1))}`)
      const delta = new Uint8Array(inflateRawSync(new Uint8Array(await answer.arrayBuffer())))
      const to = applyDelta(new TextEncoder().encode(page(1)), delta, page(2).length)
      expect(sha256(to)).to.equal(sha256(page(2)))
      expect(delta.byteLength).to.be.lessThan(100)
    })

    it('of a delta from an unknown base are none: fetch the page', async () => {
      const answer = await get(`/artifacts/${id}/versions/2/delta?from=${'0'.repeat(64)}`)
      expect(answer.status).to.equal(404)
      expect(await problemOf(answer)).to.include({
        code: 'unknown_base',
        detail: 'No version of this page has that hash. Fetch the whole page instead.',
      })
      for (const from of ['', '?from=xyz', `?from=${'A'.repeat(64)}`]) {
        const bad = await get(`/artifacts/${id}/versions/2/delta${from}`)
        expect((await problemOf(bad)).code).to.equal('invalid_request')
      }
    })

    it('of a delta between pages that have nothing in common are none: fetch the page', async () => {
      const one = await app.publish(`<!doctype html>${'abcdefgh\n'.repeat(500)}`)
      await app.publish(`<!doctype html>${Array.from({ length: 500 }, (_, i) => sha256(String(i))).join('\n')}`, {
        to: one.id,
      })
      const answer = await get(`/artifacts/${one.id}/versions/2/delta?from=${one.sha256}`)
      expect(answer.status).to.equal(404)
      expect((await problemOf(answer)).code).to.equal('no_delta')
    })
  })

  describe('versions', () => {
    it('are listed newest first, page by page', async () => {
      const { id } = await app.publish(page(1))
      for (const n of [2, 3, 4, 5]) await app.publish(page(n), { to: id, query: `note=n${n}` })
      const first = await json<VersionList>(`/artifacts/${id}/versions?limit=2`)
      expect(first.versions.map(each => [each.number, each.note])).to.deep.equal([
        [5, 'n5'],
        [4, 'n4'],
      ])
      const second = await json<VersionList>(`/artifacts/${id}/versions?limit=3&cursor=${first.nextCursor}`)
      expect(second.versions.map(each => each.number)).to.deep.equal([3, 2, 1])
      expect(second.nextCursor).to.equal(null)
    })

    it('are told one by one, with their author', async () => {
      const { id } = await app.publish(page(1))
      const version = await json<Version>(`/artifacts/${id}/versions/1`)
      expect(version).to.deep.include({
        number: 1,
        type: 'text/html',
        sha256: sha256(page(1)),
        sourceSize: page(1).length,
        author: { name: 'olive', email: 'olive@acme.example' },
      })
      expect(version.id).to.match(/^cver_/)
    })

    it('that never were are not found', async () => {
      const { id } = await app.publish(page(1))
      for (const number of ['2', '0', '-1', '1.0', '01', 'x', '99999999999999999999']) {
        for (const kind of ['', '/page', '/source', `/delta?from=${sha256(page(1))}`]) {
          const answer = await get(`/artifacts/${id}/versions/${number}${kind}`)
          expect(answer.status, number + kind).to.equal(404)
          expect((await problemOf(answer)).code).to.equal('not_found')
        }
      }
    })
  })

  describe('the list', () => {
    let reader: TestMember
    let made: string[]
    before(async () => {
      reader = await app.addMember('rita@acme.example')
      made = []
      for (const title of ['Alpha', 'Beta', 'Gamma', 'Alphabet']) {
        made.unshift((await app.publish(`<!doctype html><title>${title}</title>`, { token: reader.token })).id)
      }
    })
    const list = async (query: string) => json<ArtifactList>(`/artifacts?${query}`, { token: reader.token })
    const titles = (answer: ArtifactList) => answer.artifacts.map(each => each.title)

    it("holds one's own, newest update first, whole or page by page", async () => {
      expect((await list('')).artifacts.map(each => each.id)).to.deep.equal(made)
      const first = await list('scope=mine&limit=3')
      const second = await list(`scope=mine&limit=3&cursor=${first.nextCursor}`)
      expect([...titles(first), ...titles(second)]).to.deep.equal(['Alphabet', 'Gamma', 'Beta', 'Alpha'])
      expect(second.nextCursor).to.equal(null)
    })

    it('goes by title when asked to, also page by page', async () => {
      const first = await list('sort=title&limit=3')
      const second = await list(`sort=title&limit=3&cursor=${first.nextCursor}`)
      expect([...titles(first), ...titles(second)]).to.deep.equal(['Alpha', 'Alphabet', 'Beta', 'Gamma'])
    })

    it('is read anew as far as it was read before, whatever came since', async () => {
      for (const sort of ['updated', 'title']) {
        const before = await list(`sort=${sort}&limit=2`)
        const until = String(before.nextCursor)
        const { id } = await app.publish(`<title>Aardvark</title>${sort}`, { token: reader.token })
        const now = await list(`sort=${sort}&until=${until}`)
        expect(titles(now)).to.deep.equal(['Aardvark', ...titles(before)])
        expect(now.nextCursor).to.equal(until)
        const begun = await list(`sort=${sort}&until=${until}&limit=2`)
        const rest = await list(`sort=${sort}&until=${until}&limit=2&cursor=${begun.nextCursor}`)
        expect([...titles(begun), ...titles(rest)]).to.deep.equal(titles(now))
        expect(rest.nextCursor).to.equal(until)
        await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: reader.token })
      }
    })

    it("counts for an owner who is let in by name, and tells in others' lists when what they see was updated", async () => {
      const { token } = await app.addMember('stan@acme.example')
      const { id } = await app.publish('<title>Pinned</title>1', { token })
      const published = await json<Artifact>(`/artifacts/${id}`, { token })
      await app.publish('<title>Pinned</title>2', { to: id, token })
      const only = async (scope: string) =>
        (await json<ArtifactList>(`/artifacts?scope=${scope}`, { token })).artifacts[0]
      const share = async (audience: string) => {
        const people = ['ann', 'bob', 'cy'].map(name => ({ email: `${name}@acme.example`, role: 'viewer' }))
        const groups = [{ name: 'team', role: 'viewer' }]
        const sharing = { audience, people, groups, version: 1 }
        expect(
          (await app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token, json: sharing })).ok,
        ).to.equal(true)
      }
      await share('people')
      expect(await only('mine')).to.deep.include({ id, sharedWith: { people: 3, groups: 1 }, pinned: 1 })
      await share('org')
      expect(await only('mine')).not.to.have.property('sharedWith')
      expect(await only('org')).to.deep.include({ id, pinned: 1, updatedAt: published.updatedAt })
    })

    it('finds part of a title in any case', async () => {
      expect(titles(await list('q=ALPHA'))).to.deep.equal(['Alphabet', 'Alpha'])
      const first = await list('q=alpha&limit=1')
      expect(titles(await list(`q=alpha&limit=1&cursor=${first.nextCursor}`))).to.deep.equal(['Alpha'])
      expect(titles(await list('q=%25'))).to.deep.equal([])
    })

    it('holds nothing that is shared, as nothing can be', async () => {
      expect(await list('scope=shared')).to.deep.equal({ artifacts: [], nextCursor: null })
    })

    it('refuses a limit, a scope or a cursor that makes no sense', async () => {
      for (const query of ['limit=0', 'limit=101', 'limit=x', 'scope=everything', 'cursor=x', 'cursor=WzFd']) {
        const answer = await get(`/artifacts?${query}`)
        expect(answer.status, query).to.equal(400)
        expect((await problemOf(answer)).code).to.equal('invalid_request')
      }
    })
  })

  it('tells an artifact that may not be seen from one that never was by nothing but the request id', async () => {
    const { id, sha256: from } = await app.publish(page(1))
    const unknown = newId('artifact', n => new Uint8Array(n).fill(7))
    const requests: [string, Sent][] = [
      ['', {}],
      ['', { method: 'PATCH', json: { title: 'Mine now' } }],
      ['', { method: 'DELETE' }],
      ['/current', {}],
      ['/versions', {}],
      ['/versions', { method: 'POST', headers: { 'Content-Type': 'text/html' }, body: page(2) }],
      ['/versions/1', {}],
      ['/versions/1/page', {}],
      ['/versions/1/source', {}],
      [`/versions/1/delta?from=${from}`, {}],
    ]
    for (const [path, sent] of requests) {
      for (const { token } of [other, stranger]) {
        const answers = await Promise.all(
          [id, unknown, 'no-id-at-all'].map(async asked => {
            const answer = await get(`/artifacts/${asked}${path}`, { ...sent, token })
            const requestId = answer.headers.get('X-Request-Id') ?? ''
            const { date: _date, ...headers } = Object.fromEntries(answer.headers)
            const text = JSON.stringify([answer.status, headers, await answer.text()])
            return text.replaceAll(requestId, 'req').replaceAll(allIds, 'cart')
          }),
        )
        expect(answers[0], `${sent.method ?? 'GET'} ${path}`).to.match(/^\[404,.*not_found/)
        expect(new Set(answers).size, `${sent.method ?? 'GET'} ${path}`).to.equal(1)
      }
    }
    expect((await json<Artifact>(`/artifacts/${id}`)).title).to.equal('Page 1')
  })

  it('a token reads and publishes only what its scope says', async () => {
    const { id } = await app.publish(page(1))
    const [reads, publishes] = await Promise.all([
      app.createToken(app.owner.member, { scope: 'read' }),
      app.createToken(app.owner.member, { scope: 'publish' }),
    ])
    const body = { method: 'POST', headers: { 'Content-Type': 'text/html' }, body: page(2) }
    const allowed: [string, Sent, number][] = [
      [`/artifacts/${id}/versions/1/page`, { token: reads }, 200],
      [`/artifacts/${id}/versions`, { token: publishes, ...body }, 201],
      ['/artifacts', { token: publishes, ...body }, 201],
      [`/artifacts/${id}`, { token: publishes }, 200],
    ]
    for (const [path, sent, status] of allowed) expect((await get(path, sent)).status, path).to.equal(status)
    const denied: [string, Sent, Scope][] = [
      ['/artifacts', { token: reads, ...body }, 'publish'],
      [`/artifacts/${id}/versions`, { token: reads, ...body }, 'publish'],
      [`/artifacts/${id}`, { token: reads, method: 'DELETE' }, 'full'],
      [`/artifacts/${id}/versions/1/page`, { token: publishes }, 'read'],
      [`/artifacts/${id}/versions/1/source`, { token: publishes }, 'read'],
      [`/artifacts/${id}`, { token: publishes, method: 'PATCH', json: { title: 'x' } }, 'full'],
      ['/tokens', { token: publishes }, 'full'],
    ]
    for (const [path, sent, enough] of denied) {
      const answer = await get(path, sent)
      expect(answer.status, path).to.equal(403)
      expect(answer.headers.get('WWW-Authenticate')).to.equal('Bearer realm="Galley", error="insufficient_scope"')
      const { code, detail } = await problemOf(answer)
      expect(code).to.equal('insufficient_scope')
      expect(detail).to.match(new RegExp(`with: galley token create --member EMAIL --scope ${enough}$`))
    }
  })
})
