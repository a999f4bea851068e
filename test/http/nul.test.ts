import { expect } from 'chai'
import { type Sent, startTestApp, type TestApp } from '../app.ts'
import { sharedPostgres } from '../postgres.ts'

const sharing = (set: object) => ({ audience: 'people', people: [], groups: [], version: 'latest', ...set })

const page: Sent = { method: 'POST', headers: { 'Content-Type': 'text/html' }, body: '<p>x' }

/** SQLite keeps a NUL in a text, and PostgreSQL refuses it: nobody is to see a difference, or an error that is ours. */
for (const database of ['SQLite', 'PostgreSQL']) {
  describe(`a NUL in what is sent, over ${database}`, () => {
    let app: TestApp
    let id: string
    let drop = async () => {}
    before(async () => {
      const settings: Record<string, string> = {}
      if (database === 'PostgreSQL') {
        const postgres = await sharedPostgres()
        const url = await postgres.createDatabase()
        settings.DATABASE_URL = url
        drop = () => postgres.dropDatabase(url)
      }
      app = await startTestApp({}, settings)
      id = (await app.publish('<!doctype html><title>Zero \u0000 one</title><p>x\u0000')).id
    })
    after(async () => {
      await app.close()
      await drop()
    })

    const status = async (path: string, sent: Sent = {}) =>
      (await app.request(`/api/v1${path}`, { token: app.owner.token, ...sent })).status
    const cursor = (...place: unknown[]) => Buffer.from(JSON.stringify(place)).toString('base64url')

    it('is taken out of a title that the page has', async () => {
      const read = await app.request(`/api/v1/artifacts/${id}`, { token: app.owner.token })
      expect((await read.json()).title).to.match(/^Zero (?:\ufffd )?\s?one$/)
    })

    const found: [string, number, () => string, Sent?][] = [
      ['an id', 404, () => '/artifacts/cart_%00'],
      ['an id whose versions are asked for', 404, () => '/artifacts/cart_%00/versions'],
      ['an id that is published to', 404, () => '/artifacts/cart_%00/versions', page],
      ['an id that is shared', 404, () => '/artifacts/cart_%00/sharing'],
      ['an id that is deleted', 404, () => '/artifacts/cart_%00', { method: 'DELETE' }],
      ['a token that is revoked', 404, () => '/tokens/atok_%00', { method: 'DELETE' }],
      [
        'a member who is let in',
        404,
        () => `/artifacts/${id}/access-requests/user_%00`,
        { method: 'POST', json: { role: null } },
      ],
      ['what is searched for', 200, () => '/artifacts?q=%00'],
      ['whom is searched for', 200, () => '/people?q=a%00'],
      ['groups that are searched for', 200, () => '/groups?q=%00'],
      ['a place in a list', 200, () => `/artifacts?cursor=${cursor(1, '\u0000')}`],
      ['a place in a list by title', 200, () => `/artifacts?sort=title&cursor=${cursor('\u0000', '\u0000')}`],
      ['a place far out in a list', 200, () => `/artifacts?cursor=${cursor(Number.MAX_SAFE_INTEGER, 'a')}`],
      [
        'a place far out in the versions',
        200,
        () => `/artifacts/${id}/versions?cursor=${cursor(Number.MAX_SAFE_INTEGER)}`,
      ],
      ['a place in the views', 200, () => `/artifacts/${id}/views?cursor=${cursor(1, '\u0000', 1)}`],
      ['a title', 400, () => '/artifacts?title=a%00', page],
      ['a note', 400, () => `/artifacts/${id}/versions?note=%00`, page],
      ['a description', 400, () => `/artifacts/${id}`, { method: 'PATCH', json: { description: '\u0000' } }],
      ['an icon', 400, () => `/artifacts/${id}`, { method: 'PATCH', json: { icon: '\u0000' } }],
      ['where it comes from', 400, () => '/artifacts?host=%00', page],
      [
        'the name of a token',
        400,
        () => '/tokens',
        { method: 'POST', json: { name: '\u0000', scope: 'read', expiresIn: 60 } },
      ],
      [
        'a group',
        400,
        () => `/artifacts/${id}/sharing`,
        { method: 'PUT', json: sharing({ groups: [{ name: '\u0000', role: 'viewer' }] }) },
      ],
      [
        'an address',
        400,
        () => `/artifacts/${id}/sharing`,
        { method: 'PUT', json: sharing({ people: [{ email: 'a\u0000@b.example', role: 'viewer' }] }) },
      ],
    ]
    for (const [what, expected, path, sent] of found) {
      it(`in ${what}: ${expected}`, async () => {
        expect(await status(path(), sent)).to.equal(expected)
      })
    }

    it('in a link’s secret, a device’s name or code: refused', async () => {
      const signIn = await app.request('/api/v1/session', {
        method: 'POST',
        headers: { Origin: app.url },
        json: { secret: '\u0000' },
      })
      expect(signIn.status).to.equal(403)
      const cookie = await app.signIn(app.owner.member)
      for (const userCode of ['\u0000', 'BCDF\u0000GHJK']) {
        const answer = await app.request('/api/v1/device/preview', { method: 'POST', cookie, json: { userCode } })
        expect(answer.status).to.equal(404)
      }
      const body = new URLSearchParams({ client_id: 'galley', device_name: '\u0000' }).toString()
      const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
      expect((await app.request('/api/v1/device/authorize', { method: 'POST', headers, body })).status).to.equal(400)
    })
  })
}
