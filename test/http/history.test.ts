import { expect } from 'chai'
import { applyPatch } from 'diff'
import type { GrantedRole, VersionDiff, ViewList } from '../../shared/api.ts'
import { MiB } from '../../shared/limits.ts'
import { type Sent, startTestApp, type TestApp, type TestMember } from '../app.ts'
import { join } from '../live/watcher.ts'
import { problemOf } from './wire.ts'

describe('history over HTTP', () => {
  let app: TestApp
  let editor: TestMember
  let viewer: TestMember
  let stranger: TestMember
  before(async () => {
    app = await startTestApp()
    editor = await app.addMember('eli@acme.example')
    viewer = await app.addMember('vera@acme.example')
    stranger = await app.addMember('stan@elsewhere.example', 'Elsewhere')
  })
  after(() => app.close())

  const get = (path: string, sent: Sent = {}) => app.request(`/api/v1${path}`, { token: app.owner.token, ...sent })
  const diffOf = async (id: string, from: number | string, to: number | string): Promise<VersionDiff> => {
    const answer = await get(`/artifacts/${id}/diff?from=${from}&to=${to}`)
    expect(answer.status).to.equal(200)
    return (await answer.json()) as VersionDiff
  }
  const viewsOf = async (id: string, query = ''): Promise<ViewList> =>
    (await (await get(`/artifacts/${id}/views?${query}`)).json()) as ViewList
  const refused = async (path: string, sent?: Sent) => {
    const { status, code } = await problemOf(await get(path, sent))
    return { status, code }
  }
  async function published(...sources: string[]): Promise<string> {
    const [first = '', ...rest] = sources
    const { id } = await app.publish(first)
    for (const source of rest) await app.publish(source, { to: id })
    return id
  }
  async function shared(id: string): Promise<void> {
    const person = ({ member }: TestMember, role: GrantedRole) => ({ email: member.email, role })
    const people = [person(editor, 'editor'), person(viewer, 'viewer')]
    const json = { audience: 'people', people, groups: [], version: 'latest' }
    expect((await get(`/artifacts/${id}/sharing`, { method: 'PUT', json })).status).to.equal(200)
  }

  describe('a diff', () => {
    it('leads from one version to another, either way', async () => {
      const sources = ['<p>one\n<p>a\n', '<p>two\n<p>a\n', '<p>three\n<p>a\n']
      const id = await published(...sources)
      const forth = await diffOf(id, 1, 3)
      expect(forth).to.include({ from: 1, to: 3, added: 1, removed: 1 })
      expect(applyPatch(sources[0] ?? '', forth.unified)).to.equal(sources[2])
      expect(applyPatch(sources[2] ?? '', (await diffOf(id, 3, 1)).unified)).to.equal(sources[0])
      expect(await diffOf(id, 2, 2)).to.deep.equal({ from: 2, to: 2, unified: '', added: 0, removed: 0 })
    })

    it('is of what was published, not of what was made of it', async () => {
      const { id } = await app.publish('<p>x')
      const sent = { method: 'POST', token: app.owner.token, headers: { 'Content-Type': 'text/markdown' } }
      await app.request(`/api/v1/artifacts/${id}/versions`, { ...sent, body: '# Now in *Markdown*\n' })
      expect((await diffOf(id, 1, 2)).unified).to.contain('\n+# Now in *Markdown*\n')
    })

    it('says where a text ends without a line end', async () => {
      const id = await published('<p>x', '<p>x\n')
      expect((await diffOf(id, 1, 2)).unified).to.equal(
        '--- version 1\n+++ version 2\n@@ -1,1 +1,1 @@\n-<p>x\n\\ No newline at end of file\n+<p>x\n',
      )
    })

    it('passes on whatever text there is: controls, line ends of all kinds, what looks like a diff', async () => {
      const sources = [
        '<p>\u0000\u0001\u001b[2J\r\r\n--- a\n+++ b\n@@ -1 +1 @@\n',
        '<p>\u0000\u0002\u202e\u2028\f\v\r\n--- a\n@@ -9,9 +9,9 @@\n\\ No newline at end of file\n',
      ]
      const id = await published(...sources)
      expect(applyPatch(sources[0] ?? '', (await diffOf(id, 1, 2)).unified)).to.equal(sources[1])
    })

    it('is for publishers alone, and for others of a page that is not there', async () => {
      const id = await published('<p>one', '<p>two')
      const path = `/artifacts/${id}/diff?from=1&to=2`
      for (const { token } of [editor, viewer, stranger]) {
        expect(await refused(path, { token })).to.deep.equal({ status: 404, code: 'not_found' })
      }
      await shared(id)
      expect((await get(path, { token: editor.token })).status).to.equal(200)
      expect(await refused(path, { token: viewer.token })).to.deep.equal({ status: 403, code: 'forbidden' })
      expect(await refused(path, { token: stranger.token })).to.deep.equal({ status: 404, code: 'not_found' })
      expect(await refused(path, { token: '' })).to.include({ status: 401 })
      const narrow = await app.createToken(app.owner.member, { scope: 'publish' })
      expect(await refused(path, { token: narrow })).to.deep.equal({ status: 403, code: 'insufficient_scope' })
      const reading = await app.createToken(app.owner.member, { scope: 'read' })
      expect((await get(path, { token: reading })).status).to.equal(200)
    })

    it('is refused of numbers that are none, and not found of versions that never were', async () => {
      const id = await published('<p>one', '<p>two')
      for (const query of ['', 'from=1', 'to=1', 'from=0&to=1', 'from=-1&to=1', 'from=1.0&to=1', 'from=1e0&to=1']) {
        const problem = await refused(`/artifacts/${id}/diff?${query}`)
        expect(problem, query).to.deep.equal({ status: 400, code: 'invalid_request' })
      }
      for (const query of ['from=1&from=2&to=1', `from=${'9'.repeat(40)}&to=1`, 'from=latest&to=1']) {
        expect((await refused(`/artifacts/${id}/diff?${query}`)).status, query).to.equal(400)
      }
      expect(await refused(`/artifacts/${id}/diff?from=1&to=3`)).to.deep.equal({ status: 404, code: 'not_found' })
      expect((await refused(`/artifacts/${id}/diff?from=999999999&to=1`)).status).to.equal(404)
    })

    it('of large pages with nothing in common comes, and keeps nobody else waiting', async function () {
      this.timeout(120_000)
      const lines = (word: string) => `<p>${word}\n`.repeat(MiB)
      const id = await published(lines('a'), lines('b'), `<p>${'b'.repeat(6 * MiB)}`)
      for (const [from, to] of [
        [1, 2],
        [2, 3],
      ] as const) {
        const diff = diffOf(id, from, to)
        // It is another thread's work: whoever asks meanwhile is answered.
        expect((await get('/me')).status).to.equal(200)
        expect((await diff).removed).to.equal(MiB)
      }
    })
  })

  describe('who has looked', () => {
    const looked = async (id: string, { member }: TestMember): Promise<void> => {
      const watcher = await join(app.url, { cookie: await app.signIn(member), origin: app.url })
      expect(await watcher.watch(id)).to.include({ ok: true })
      watcher.close()
    }
    const eventually = async (id: string, count: number): Promise<ViewList> => {
      for (;;) {
        const list = await viewsOf(id)
        if (list.views.length >= count) return list
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    }

    it('is told to publishers: who, at which version, when; last look first, page by page', async () => {
      const id = await published('<p>one')
      expect(await viewsOf(id)).to.deep.equal({ views: [], nextCursor: null, tracked: true })
      await shared(id)
      await looked(id, app.owner)
      await looked(id, viewer)
      await eventually(id, 1)
      await app.publish('<p>two', { to: id })
      await looked(id, editor)
      await eventually(id, 2)
      await looked(id, viewer)
      const { views } = await eventually(id, 3)
      const seen = views.map(({ email, number, times }) => ({ email, number, times }))
      expect(seen).to.deep.equal([
        { email: 'vera@acme.example', number: 2, times: 1 },
        { email: 'eli@acme.example', number: 2, times: 1 },
        { email: 'vera@acme.example', number: 1, times: 1 },
      ])
      for (const view of views) expect(Date.now() - Date.parse(view.lastAt)).to.be.lessThan(60_000)

      const first = await viewsOf(id, 'limit=2')
      expect(first.views).to.deep.equal(views.slice(0, 2))
      const rest = await viewsOf(id, `limit=2&cursor=${encodeURIComponent(first.nextCursor ?? '')}`)
      expect(rest).to.deep.equal({ views: views.slice(2), nextCursor: null, tracked: true })
    })

    it('is nobody else’s to know', async () => {
      const id = await published('<p>one')
      await shared(id)
      const path = `/artifacts/${id}/views`
      expect(await refused(path, { token: viewer.token })).to.deep.equal({ status: 403, code: 'forbidden' })
      expect(await refused(path, { token: stranger.token })).to.deep.equal({ status: 404, code: 'not_found' })
      expect((await get(path, { token: editor.token })).status).to.equal(200)
    })

    it('is refused of a limit or a cursor that makes no sense', async () => {
      const id = await published('<p>one')
      for (const query of ['limit=0', 'limit=101', 'cursor=x', `cursor=${'a'.repeat(300)}`]) {
        expect(await refused(`/artifacts/${id}/views?${query}`), query).to.include({ status: 400 })
      }
    })
  })
})
