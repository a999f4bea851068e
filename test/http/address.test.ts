import { expect } from 'chai'
import { startTestApp, type TestApp } from '../app.ts'
import { eventually } from '../e2e/stage.ts'
import { join } from '../live/watcher.ts'

describe('where somebody who looks comes from', () => {
  let app: TestApp
  afterEach(() => app.close())

  /** As the audit log has it of one who came over a socket, and of one who asked over HTTP. */
  async function recorded(trustProxy: string, forwarded: string): Promise<(string | undefined)[]> {
    app = await startTestApp({}, { GALLEY_TRUST_PROXY: trustProxy })
    const headers = { 'X-Forwarded-For': forwarded }
    const { id } = await app.publish('<p>')
    const json = { audience: 'org', people: [], groups: [], version: 'latest' }
    const path = `/api/v1/artifacts/${id}`
    await app.request(`${path}/sharing`, { method: 'PUT', token: app.owner.token, json })
    const [ben, cleo] = [await app.addMember('ben@acme.example'), await app.addMember('cleo@acme.example')]
    const socket = await join(app.url, { token: ben.token, headers })
    expect(await socket.watch(id)).to.include({ ok: true })
    expect((await app.request(`${path}/current`, { token: cleo.token, headers })).status).to.equal(200)
    const looks = async () => {
      const query = `type=claude_artifact_viewed&artifact=${id}`
      const said = await app.request(`/api/v1/admin/audit?${query}`, { token: app.owner.token })
      const { rows } = (await said.json()) as { rows: { actor: { email: string; ip: string | null } }[] }
      expect(rows).to.have.length(2)
      return rows
    }
    await eventually(async () => void (await looks()))
    socket.close()
    const rows = await looks()
    return [ben, cleo].map(({ member }) =>
      rows.find(({ actor }) => actor.email === member.email)?.actor.ip?.replace('::ffff:', ''),
    )
  }

  it('is what the trusted proxy says, over a socket as over HTTP', async () => {
    expect(await recorded('1', '203.0.113.9, 198.51.100.7')).to.deep.equal(['198.51.100.7', '198.51.100.7'])
  })

  it('is who has connected, where no proxy is trusted', async () => {
    expect(new Set(await recorded('0', '203.0.113.9'))).to.deep.equal(new Set(['127.0.0.1']))
  })
})
