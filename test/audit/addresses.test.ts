import { expect } from 'chai'
import { startTestApp } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { join } from '../live/watcher.ts'

/** A proxy's word on whom it hands on for, and before it whatever that one has said. */
const headers = { 'X-Forwarded-For': '203.0.113.66, 198.51.100.7' }

describe('the addresses in the audit log', function () {
  this.timeout(120_000)

  /** Of a sign-in, a token, a publish, and of a page that was asked for in vain over HTTP and over a socket. */
  async function addressesWith(settings: Record<string, string>) {
    const app = await startTestApp({}, settings)
    try {
      const [{ member: ben }, { member: cleo }] = [
        await app.addMember('ben@acme.example'),
        await app.addMember('cleo@acme.example'),
      ]
      const secret = new URL(await app.signInLink(ben)).hash.slice(1)
      const [cookie, cleos] = [await app.signIn(ben), await app.signIn(cleo)]
      const [{ rows } = { rows: 0 }] = runOn(app.dataDir, 'select max(rowid) as rows from audit')
      const { token } = app.owner
      await app.request('/api/v1/session', { method: 'POST', json: { secret }, headers })
      const request = { name: 'CI', scope: 'read', expiresIn: 60 }
      await app.request('/api/v1/tokens', { method: 'POST', token, json: request, headers })
      const page = { method: 'POST', token, headers: { ...headers, 'Content-Type': 'text/html' }, body: '<p>One</p>' }
      const { id } = (await (await app.request('/api/v1/artifacts', page)).json()) as { id: string }
      await app.request(`/api/v1/artifacts/${id}`, { cookie, headers })
      const watcher = await join(app.url, { cookie: cleos, origin: app.url, headers })
      await watcher.watch(id)
      watcher.close()
      // What is kept together is kept by then.
      await app.restart()
      return runOn(
        app.dataDir,
        `select type, ip from audit where rowid > ${rows} and actor_type = 'user' order by rowid`,
      ).map(({ type, ip }) => `${type} ${ip}`)
    } finally {
      await app.close()
    }
  }
  const all = (address: string) => [
    `galley_signed_in ${address}`,
    `galley_access_token_created ${address}`,
    `claude_artifact_created ${address}`,
    `claude_artifact_published ${address}`,
    `claude_artifact_access_failed ${address}`,
    `claude_artifact_access_failed ${address}`,
  ]

  it('are of who connected, whatever they say, unless a proxy is to be believed', async () => {
    expect(await addressesWith({})).to.deep.equal(all('127.0.0.1'))
    expect(await addressesWith({ GALLEY_TRUST_PROXY: '192.0.2.1' })).to.deep.equal(all('127.0.0.1'))
  })

  it('are what the believed proxy says, and not what was said to it', async () => {
    expect(await addressesWith({ GALLEY_TRUST_PROXY: '1' })).to.deep.equal(all('198.51.100.7'))
    expect(await addressesWith({ GALLEY_TRUST_PROXY: '127.0.0.1' })).to.deep.equal(all('198.51.100.7'))
  })
})
