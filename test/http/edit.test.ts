import Database from 'better-sqlite3'
import { expect } from 'chai'
import type { Artifact } from '../../shared/api.ts'
import { type Sent, startTestApp, type TestApp } from '../app.ts'
import { problemOf } from './wire.ts'

const page = (title: string) => `<!doctype html><title>${title}</title>`

describe('renaming and deleting over HTTP', () => {
  let app: TestApp
  let id: string
  before(async () => {
    app = await startTestApp()
  })
  beforeEach(async () => {
    id = (await app.publish(page('First'))).id
  })
  after(() => app.close())

  const call = (sent: Sent = {}, path = '') =>
    app.request(`/api/v1/artifacts/${id}${path}`, { token: app.owner.token, ...sent })
  const patch = (json: unknown) => call({ method: 'PATCH', json })
  const read = async () => (await (await call()).json()) as Artifact
  /** What the audit log says of this artifact, oldest first. */
  const log = () => {
    const database = new Database(`${app.dataDir}/galley.db`, { readonly: true })
    const rows = database.prepare('select type, details from audit where artifact_id = ? order by at, rowid').all(id)
    database.close()
    return rows as { type: string; details: string }[]
  }

  it('changes what is given, answers with the result, and says so in the log', async () => {
    const before = await read()
    const answer = await patch({ title: '  Renamed ', icon: '🚢' })
    expect(answer.status).to.equal(200)
    const after = (await answer.json()) as Artifact
    expect(after).to.include({ title: 'Renamed', icon: '🚢', description: '', rev: before.rev + 1 })
    expect(after).to.deep.equal(await read())
    expect(log().map(row => row.type)).to.deep.equal([
      'claude_artifact_created',
      'claude_artifact_published',
      'claude_artifact_renamed',
    ])
  })

  it('lets a title stay, whatever later versions call themselves', async () => {
    await patch({ title: 'First' })
    await app.publish(page('Second'), { to: id })
    expect(await read()).to.include({ title: 'First', latest: 2 })
  })

  it('that changes nothing counts as nothing', async () => {
    await patch({ title: 'Once' })
    const once = await read()
    await patch({ title: 'Once' })
    expect(await read()).to.deep.equal(once)
  })

  it('refuses what makes no sense', async () => {
    for (const json of [{}, { title: '' }, { icon: 'abc' }, { titel: 'x' }, { audience: 'org' }, [], null]) {
      const answer = await patch(json)
      expect(answer.status, JSON.stringify(json)).to.equal(400)
      expect((await problemOf(answer)).code).to.equal('invalid_request')
    }
  })

  it('deletes for good: nothing of it is found any more', async () => {
    const answer = await call({ method: 'DELETE' })
    expect(answer.status).to.equal(204)
    for (const path of ['', '/current', '/versions', '/versions/1/page', '/versions/1/source']) {
      expect((await call({}, path)).status, path).to.equal(404)
    }
    expect((await call({ method: 'DELETE' })).status).to.equal(404)
    const publish = { method: 'POST', headers: { 'Content-Type': 'text/html' }, body: page('Again') }
    expect((await call(publish, '/versions')).status).to.equal(404)
    const list = await app.request('/api/v1/artifacts', { token: app.owner.token })
    expect(await list.text()).to.not.include(id)
    expect(log().at(-1)?.type).to.equal('claude_published_artifact_deleted')
  })
})
