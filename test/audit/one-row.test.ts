import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as pathTo } from 'node:path'
import { expect } from 'chai'
import type { AuditType, Member } from '../../server/core/records.ts'
import type { Job } from '../../server/jobs/jobs.ts'
import type { ClientToServer } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import { startWithRoutes } from '../access/routes.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { join } from '../live/watcher.ts'
import { startOrganisations } from '../provider/app.ts'
import { Person } from '../provider/person.ts'
import { command, commandsThereAre } from './by-commands.ts'
import { administer, comply, look, type People, publish, removeAndRestore, signInAndOut } from './over-http.ts'
import { as, system, Walk, type Whose } from './walk.ts'

const day = 86_400_000

/** Each is seen below to be recorded. A new one has to be thought about here. */
const types: Readonly<Record<AuditType, 'http' | 'provider' | 'socket' | 'job' | 'command'>> = {
  claude_artifact_created: 'http',
  claude_artifact_published: 'http',
  galley_artifact_kept: 'http',
  claude_artifact_renamed: 'http',
  claude_published_artifact_deleted: 'http',
  claude_artifact_sharing_updated: 'http',
  claude_artifact_viewed: 'socket',
  galley_artifact_previewed: 'http',
  claude_artifact_access_failed: 'socket',
  galley_artifact_expired: 'job',
  galley_artifact_erased: 'job',
  galley_artifact_restored: 'http',
  galley_access_requested: 'http',
  galley_access_request_answered: 'http',
  galley_backup_restored: 'command',
  galley_organization_created: 'command',
  galley_organization_updated: 'command',
  galley_member_added: 'provider',
  galley_member_updated: 'provider',
  galley_member_removed: 'command',
  galley_sign_in_link_created: 'http',
  galley_signed_in: 'provider',
  galley_signed_out: 'http',
  galley_access_token_created: 'http',
  galley_access_token_revoked: 'http',
  galley_device_approved: 'http',
  galley_device_denied: 'http',
  galley_signing_key_rotated: 'command',
  galley_settings_updated: 'http',
  galley_role_created: 'http',
  galley_role_updated: 'http',
  galley_role_deleted: 'http',
  galley_compliance_key_created: 'http',
  galley_compliance_key_revoked: 'http',
  galley_compliance_content_read: 'http',
  galley_audit_exported: 'http',
}

describe('the audit log has one row for each thing done, and none where nothing was', function () {
  this.timeout(180_000)
  const clock = { now: Date.now() + 600_000 }
  let app: TestApp
  let routes: string[]
  let people: People
  let id: string
  const seen: Record<(typeof types)[AuditType], Set<string>> = {
    ...{ http: new Set(), provider: new Set(), socket: new Set(), job: new Set(), command: new Set() },
  }

  before(async () => {
    const settings = { GALLEY_TRUST_PROXY: '1' }
    ;({ app, routes } = await startWithRoutes(() => startTestApp({ clock: { now: () => clock.now } }, settings)))
    const person = async (member: Member) => ({ ...as(member, { cookie: await app.signIn(member) }), member })
    const add = async (name: string) => person((await app.addMember(`${name}@acme.example`)).member)
    people = { olive: await person(app.owner.member), ana: await add('ana'), ben: await add('ben') }
  })
  after(() => app.close())

  it('over HTTP, by whoever did it, from where they did', async () => {
    const walk = new Walk(app.dataDir, { app, clock })
    id = await publish(walk, people)
    await removeAndRestore(walk, people, id)
    await signInAndOut(walk, people)
    await administer(walk, people)
    await comply(walk, people)
    await look(walk, people, id, routes)
    await walk.end()
    for (const { type } of walk.rows) seen.http.add(type)
    expect([...walk.ways].sort()).to.deep.equal([...new Set(routes)].sort())
  })

  it('over sockets', async () => {
    const { member } = await app.addMember('cleo@acme.example')
    const [shared, own] = [id, (await app.publish('<title>Own</title>')).id]
    const from = { ip: '203.0.113.7', userAgent: 'socket' }
    const headers = { 'X-Forwarded-For': from.ip, 'User-Agent': from.userAgent }
    const watcher = await join(app.url, { cookie: await app.signIn(member), origin: app.url, headers })
    const walk = new Walk(app.dataDir, { app, clock })
    const cleo: Whose = { type: 'user', id: member.id, ...from }
    const does = {
      async watch() {
        await walk.recorded('watch', cleo, ['claude_artifact_viewed'], () => watcher.watch(shared))
        await walk.recorded('watch', cleo, [], () => watcher.watch(shared))
        await walk.recorded('watch', cleo, ['claude_artifact_access_failed'], () => watcher.watch(own))
        await walk.recorded('watch', cleo, [], () => watcher.watch('cart_none'))
      },
      watchGallery: () => walk.recorded('watchGallery', cleo, [], () => watcher.watchGallery()).then(() => {}),
    } satisfies Record<keyof ClientToServer, () => Promise<void>>
    for (const each of Object.values(does)) await each()
    await walk.end()
    watcher.close()
    for (const { type } of walk.rows) seen.socket.add(type)
  })

  it('by an identity provider, for whoever comes from there', async () => {
    const here = await startOrganisations()
    try {
      const walk = new Walk(here.app.dataDir, { app: here.app })
      const signIn = (...rows: AuditType[]) =>
        walk.recorded('sign-in', undefined, rows, () => new Person().signIn(`${here.app.url}/`, 'ada'))
      await signIn('galley_member_added', 'galley_signed_in')
      const [added, signedIn] = walk.rows
      expect([added?.actor_type, added?.actor_id, added?.ip]).to.deep.equal(['anonymous', null, '127.0.0.1'])
      expect([signedIn?.actor_type, signedIn?.ip]).to.deep.equal(['user', '127.0.0.1'])
      await signIn('galley_signed_in')
      const ada = { email: 'ada@acme.example', email_verified: true, name: 'Ada King', org: 'acme', groups: [] }
      await here.provider.knows({ ada })
      await signIn('galley_member_updated', 'galley_signed_in')
      await walk.end()
      for (const { type } of walk.rows) seen.provider.add(type)
    } finally {
      await here.close()
    }
  })

  it('by jobs', async () => {
    const ground = { ...app.ground, clock: { now: () => clock.now } }
    const { signal } = new AbortController()
    const jobs = new Map((await jobsThereAre()).map(job => [job.name, job]))
    const settings = { method: 'PATCH', cookie: people.olive.sends.cookie ?? '', json: { retentionPrivateDays: 1 } }
    expect((await app.request('/api/v1/admin/settings', settings)).status).to.equal(200)
    clock.now += 2 * day
    const walk = new Walk(app.dataDir, { app, clock })
    const run = (name: string, rows: AuditType[]) =>
      walk.recorded(name, system, rows, async () => jobs.get(name)?.work(ground as Parameters<Job['work']>[0], signal))
    // Olive's, which nobody else sees.
    await run('retention', ['galley_artifact_expired'])
    await run('retention', [])
    await run('sweep', [])
    clock.now += limits.retentionGrace
    await run('sweep', ['galley_artifact_erased'])
    await run('sweep', [])
    await run('compaction', [])
    await walk.end()
    for (const { type } of walk.rows) seen.job.add(type)
    expect([...walk.ways].sort()).to.deep.equal([...jobs.keys()].sort())
  })

  it('by commands where the data are', async () => {
    const dataDir = await mkdtemp(pathTo(tmpdir(), 'galley-test-'))
    try {
      const walk = await command(dataDir)
      for (const { type } of walk.rows) seen.command.add(type)
      expect([...walk.ways].sort()).to.deep.equal(commandsThereAre().sort())
    } finally {
      await rm(dataDir, { recursive: true })
    }
  })

  it('of every type that there is', () => {
    for (const [type, by] of Object.entries(types)) expect(seen[by].has(type), `${type}, by ${by}`).to.equal(true)
  })
})

const folder = new URL('../../server/jobs/', import.meta.url)

async function jobsThereAre(): Promise<Job[]> {
  const modules = await Promise.all(
    (await readdir(folder)).map(file => import(new URL(file, folder).href) as Promise<Record<string, unknown>>),
  )
  return modules.flatMap(module => Object.values(module)).filter(isJob)
}

const isJob = (value: unknown): value is Job =>
  typeof value === 'object' && value !== null && 'work' in value && 'every' in value
