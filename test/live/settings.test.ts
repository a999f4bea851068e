import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { type App, startApp } from '../../server/app.ts'
import { readConfig } from '../../server/config.ts'
import type { CustomRole, SettingsPatch } from '../../shared/admin.ts'
import type { ViewList } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { eventually } from '../e2e/stage.ts'
import { freePorts } from '../galley-process.ts'
import { sharedPostgres } from '../postgres.ts'
import { type Redis, startRedis } from '../redis.ts'
import { join, type Watcher } from './watcher.ts'

/** Sooner than any reconcile is sure to be: who knows by then was told. Milliseconds. */
const soon = 0.7 * limits.reconcile

const off = { publishing: false }
const closed = { publishing: false, readableWhenOff: false }
const usual = { publishing: true, readableWhenOff: true, membersPublish: true, presence: true, viewTracking: true }

describe('settings that an owner changes at one of two nodes', function () {
  this.timeout(120_000)
  let redis: Redis
  let first: TestApp
  let second: App
  /** Where each node listens: both go by the name of the first. */
  let nodes: readonly [string, string]
  let owner: string
  let ana: TestMember
  let ben: TestMember
  let cookie: string
  /** A page of Ana's that everyone sees. */
  let id: string
  let watchers: Watcher[]

  before(async () => {
    redis = await startRedis()
    const settings = {
      DATABASE_URL: await (await sharedPostgres()).createDatabase(),
      REDIS_URL: redis.url,
      GALLEY_LOG_LEVEL: 'silent',
    }
    const ports = [await freePorts(), await freePorts()] as const
    first = await startTestApp({}, { ...settings, ...ports[0] })
    second = await startApp(readConfig({ ...settings, ...ports[1], GALLEY_PUBLIC_URL: first.url }))
    nodes = [`http://127.0.0.1:${ports[0].GALLEY_PORT}`, `http://127.0.0.1:${ports[1].GALLEY_PORT}`]
    owner = await first.signIn(first.owner.member)
    ana = await first.addMember('ana@acme.example')
    ben = await first.addMember('ben@acme.example')
    cookie = await first.signIn(ben.member)
    id = await newPage()
  })
  after(async () => {
    await second?.close()
    await first?.close()
    await redis?.close()
  })
  beforeEach(() => {
    watchers = []
  })
  afterEach(async () => {
    for (const watcher of watchers) watcher.close()
    await set(usual)
  })

  async function newPage(): Promise<string> {
    const { id } = await first.publish('<title>Report</title>one', { token: ana.token })
    const json = { audience: 'org', people: [], groups: [], version: 'latest' }
    await first.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token: ana.token, json })
    return id
  }
  const administer = (path: string, method: string, json?: unknown) =>
    first.request(`/api/v1/admin/${path}`, { method, cookie: owner, json })
  async function set(patch: SettingsPatch): Promise<void> {
    expect((await administer('settings', 'PATCH', patch)).status).to.equal(200)
  }
  async function open(node: string, as = cookie): Promise<Watcher> {
    const watcher = await join(node, { cookie: as, origin: first.url })
    watchers.push(watcher)
    return watcher
  }
  /** Somebody's page, open at each node. */
  const watching = () =>
    Promise.all(
      nodes.map(async node => {
        const watcher = await open(node)
        expect(await watcher.watch(id)).to.include({ ok: true })
        return watcher
      }),
    )
  const call = (node: string, path: string, token: string, method = 'GET', body = ''): Promise<[number, string]> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(node)
      const headers = {
        Host: new URL(first.url).host,
        Authorization: `Bearer ${token}`,
        ...(body && { 'Content-Type': 'text/html' }),
      }
      request({ hostname, port, path: `/api/v1${path}`, method, headers }, answer => {
        text(answer).then(said => resolve([answer.statusCode ?? 0, said]), reject)
      })
        .on('error', reject)
        .end(body)
    })
  /** What each node says of publishing a new page, and of publishing this one anew. */
  async function publishing(token: string): Promise<string[]> {
    const paths = nodes.flatMap(node => [[node, '/artifacts'] as const, [node, `/artifacts/${id}/versions`] as const])
    const answers = await Promise.all(
      paths.map(([node, path]) => call(node, path, token, 'POST', `<title>Report</title>${Math.random()}`)),
    )
    return answers.map(([status, said]) => (status === 201 ? 'kept' : JSON.parse(said).detail))
  }
  const four = (answer: string): string[] => [answer, answer, answer, answer]

  describe('close its pages', () => {
    const told = (watcher: Watcher) => watcher.told.map(({ body }) => body)
    const revoked = { artifactId: '', code: 'publishing_disabled' }

    it('R7: which takes them out of all hands, at both nodes, until they are opened again', async () => {
      const open = await watching()
      await set(closed)
      await eventually(() => {
        for (const watcher of open) expect(told(watcher)).to.deep.include({ ...revoked, artifactId: id })
      }, soon)
      for (const watcher of open) {
        expect(await watcher.watch(id)).to.include({ ok: false, code: 'publishing_disabled' })
        expect(await watcher.watch('cart_0000000000000000000000')).to.include({ code: 'not_found' })
      }
      for (const node of nodes) {
        for (const path of ['', '/current', '/versions', '/versions/1', '/versions/1/page']) {
          const [status, said] = await call(node, `/artifacts/${id}${path}`, ben.token)
          expect([status, JSON.parse(said).code], path).to.deep.equal([403, 'publishing_disabled'])
        }
        expect((await call(node, '/artifacts', ben.token))[0]).to.equal(403)
      }
      const before = open.map(({ settings }) => settings)
      await set(usual)
      await eventually(
        () => void expect(open.every(({ settings }, n) => settings > (before[n] ?? 0))).to.equal(true),
        soon,
      )
      for (const watcher of open) expect(await watcher.watch(id)).to.include({ ok: true })
    })

    it('R7: also the page that somebody is just letting others in to', async () => {
      const open = await watching()
      const json = { audience: 'org', people: [], groups: [], version: 1 }
      const sharing = { method: 'PUT', token: ana.token, json }
      await Promise.all([first.request(`/api/v1/artifacts/${id}/sharing`, sharing), set(closed)])
      await eventually(() => {
        for (const watcher of open) expect(told(watcher)).to.deep.include({ ...revoked, artifactId: id })
      }, soon)
    })

    it('R4: which is found though nobody announced it', async () => {
      const open = await watching()
      const { store } = first.ground
      const { orgId } = ana.member
      await store.transaction(orgId, async tx => tx.putSettings({ ...(await tx.settings(orgId)), ...closed }))
      await eventually(() => {
        for (const watcher of open) expect(told(watcher)).to.deep.include({ ...revoked, artifactId: id })
      })
    })
  })

  describe('or who publishes', () => {
    const isOff = 'Your organisation has switched publishing off. An owner of it can switch it on again.'
    const notInRole = 'Your role in this organisation does not include publishing. Ask an owner of it.'

    it('for everybody: from then on nothing is kept at either, and what is open stays', async () => {
      const open = await watching()
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
      await set(off)
      expect(await publishing(ana.token)).to.deep.equal(four(isOff))
      expect(await publishing(first.owner.token))
        .to.include(isOff)
        .and.not.include('kept')
      for (const watcher of open) {
        expect(await watcher.watch(id)).to.include({ ok: true })
        expect(watcher.told.map(({ name }) => name)).to.not.include('revoked')
      }
      await set(usual)
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
    })

    it('by role: with tokens they had already, but for the owner', async () => {
      await set({ membersPublish: false })
      expect(await publishing(ana.token)).to.deep.equal(four(notInRole))
      const [status] = await call(nodes[1], '/artifacts', first.owner.token, 'POST', '<p>mine')
      expect(status).to.equal(201)
      const json = { name: 'Writers', publish: true, groups: [] }
      const role = (await (await administer('roles', 'POST', json)).json()) as CustomRole
      const member = `members/${ana.member.id}`
      await administer(member, 'PATCH', { roleId: role.id })
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
      await administer(`roles/${role.id}`, 'PUT', { ...json, publish: false })
      expect(await publishing(ana.token)).to.deep.equal(four(notInRole))
      await administer(`roles/${role.id}`, 'PUT', json)
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
      await administer(`roles/${role.id}`, 'DELETE')
      expect(await publishing(ana.token)).to.deep.equal(four(notInRole))
      await administer(member, 'PATCH', { role: 'owner' })
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
      await administer(member, 'PATCH', { role: 'member' })
    })

    it('by group: what the identity provider’s groups carry, unless a role was given', async () => {
      const { orgId, id: memberId } = ana.member
      const inGroups = (groups: string[]) =>
        first.ground.store.transaction(orgId, tx => tx.setGroups(orgId, memberId, groups))
      const json = { name: 'Readers', publish: false, groups: ['Sales'] }
      const role = (await (await administer('roles', 'POST', json)).json()) as CustomRole
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
      await inGroups(['Sales'])
      expect(await publishing(ana.token)).to.deep.equal(four(notInRole))
      const other = { name: 'Writers', publish: true, groups: ['Docs'] }
      const writers = (await (await administer('roles', 'POST', other)).json()) as CustomRole
      await inGroups(['Sales', 'Docs'])
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
      await administer(`members/${memberId}`, 'PATCH', { roleId: role.id })
      expect(await publishing(ana.token)).to.deep.equal(four(notInRole))
      for (const each of [role, writers]) await administer(`roles/${each.id}`, 'DELETE')
      expect(await publishing(ana.token)).to.deep.equal(four('kept'))
      await inGroups([])
    })

    it('R8, G1: which the member’s open list is told, and says why', async () => {
      const lists = await Promise.all(nodes.map(async node => open(node, await first.signIn(ana.member))))
      for (const list of lists) expect(await list.watchGallery()).to.deep.equal({ ok: true, barred: null })
      const barred = async () => JSON.parse((await call(nodes[1], '/me', ana.token))[1]).member.barred
      expect(await barred()).to.equal(null)
      await set({ membersPublish: false })
      await eventually(() => void expect(lists.map(({ settings }) => settings > 0)).to.deep.equal([true, true]), soon)
      expect(await barred()).to.equal(notInRole)
      for (const list of lists) expect(await list.watchGallery()).to.deep.equal({ ok: true, barred: notInRole })
    })
  })

  it('N7: how many look: nobody is told any more, nor when others come and go, until it is on again', async () => {
    const open = await watching()
    const people: (number | null | undefined)[] = [undefined, undefined]
    const toldTimes = [0, 0]
    for (const [n, { socket }] of open.entries()) {
      socket.on('presence', event => {
        people[n] = event.people
        toldTimes[n] = (toldTimes[n] ?? 0) + 1
      })
    }
    const author = await first.signIn(ana.member)
    const other = await join(nodes[1], { cookie: author, origin: first.url })
    watchers.push(other)
    await other.watch(id)
    await eventually(() => void expect(people).to.deep.equal([2, 2]))
    await set({ presence: false })
    await eventually(() => void expect(people).to.deep.equal([null, null]), soon)
    const then = [...toldTimes]
    other.close()
    const another = await join(nodes[0], { cookie: author, origin: first.url })
    watchers.push(another)
    const news: unknown[] = []
    another.socket.on('presence', event => news.push(event))
    const reply = await another.watch(id)
    // Long enough for what comes and goes to be told, and for a reconcile.
    await sleep(limits.reconcile + 2 * limits.presence)
    expect([toldTimes, news]).to.deep.equal([then, []])
    const [, current] = await call(nodes[0], `/artifacts/${id}/current`, ben.token)
    for (const said of [JSON.stringify(reply), current]) expect(said).to.not.match(/people"|viewers|presence/)
    await set({ presence: true })
    await eventually(() => void expect(people).to.deep.equal([2, 2]))
  })

  it('who looks: kept and recorded no more, nor shown what was, until it is on again', async () => {
    const page = await newPage()
    const recorded = async () => {
      const [, said] = await call(
        nodes[0],
        `/admin/audit?artifact=${page}&type=claude_artifact_viewed`,
        first.owner.token,
      )
      return JSON.parse(said).rows as { actor: { email: string; ip: string | null } }[]
    }
    const shown = async (node: string) =>
      JSON.parse((await call(node, `/artifacts/${page}/views`, ana.token))[1]) as ViewList
    const look = async (node: string, as: string) => {
      expect(await (await open(node, as)).watch(page)).to.include({ ok: true })
    }
    await look(nodes[1], cookie)
    await eventually(async () => void expect((await shown(nodes[0])).views).to.have.length(1))
    await set({ viewTracking: false })
    for (const node of nodes) expect(await shown(node)).to.deep.equal({ views: [], nextCursor: null, tracked: false })
    await look(nodes[0], owner)
    await call(nodes[1], `/artifacts/${page}/current`, first.owner.token)
    await sleep(2 * limits.looksKept)
    await set({ viewTracking: true })
    expect((await shown(nodes[1])).views.map(({ email }) => email)).to.deep.equal(['ben@acme.example'])
    expect(await recorded()).to.have.length(1)
    // Over HTTP, as where sockets are blocked, by the node that has just kept nothing of the same look.
    await call(nodes[1], `/artifacts/${page}/current`, first.owner.token)
    await eventually(async () => void expect((await shown(nodes[0])).views).to.have.length(2))
    const looks = (await recorded()).map(({ actor }) => [actor.email, actor.ip?.replace('::ffff:', '')])
    expect(looks).to.have.deep.members([
      ['ben@acme.example', '127.0.0.1'],
      ['olive@acme.example', '127.0.0.1'],
    ])
  })
})
