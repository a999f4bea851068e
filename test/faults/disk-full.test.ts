import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join as joinPath } from 'node:path'
import { expect } from 'chai'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { addMember } from '../../server/core/people.ts'
import { makeSignInLink } from '../../server/core/sign-in.ts'
import { openOffice } from '../../server/operator/office.ts'
import { openSqliteStore } from '../../server/store/sqlite.ts'
import { type Published, problem, published } from '../../shared/api.ts'
import { KiB, MiB } from '../../shared/limits.ts'
import { runOn } from '../database-shell.ts'
import { freePorts, ran, type Serving, serveGalley, spawnGalley } from '../galley-process.ts'
import { secretOf, silent } from '../ground.ts'
import { join, type Watcher } from '../live/watcher.ts'
import { type SmallDisk, smallDisks } from './small-disk.ts'

for (const { name, make } of smallDisks) {
  describe(`galley serve on ${name}`, function () {
    this.timeout(90_000)
    let disk: SmallDisk
    let dataDir: string
    let env: Record<string, string>
    let server: Serving
    let token: string
    let signInSecret: string
    let watcher: Watcher | undefined
    beforeEach(async () => {
      disk = await make()
      dataDir = joinPath(disk.dir, 'data')
      env = { GALLEY_DATA_DIR: dataDir, ...(await freePorts()) }
      server = await serveGalley(env, disk.fileSize)
      const office = await openOffice({ GALLEY_DATA_DIR: dataDir, GALLEY_PUBLIC_URL: server.url }, { make: false })
      const [org] = await office.world.store.orgs()
      const member = await addMember(office.world, { orgId: org?.id ?? '', email: 'ann@acme.example', role: 'member' })
      const wanted = { name: 'test', scope: 'full', expiresIn: 3600 } as const
      token = await office.identity.accessToken(await createAccessTokenFor(office.world, member, wanted))
      signInSecret = secretOf((await makeSignInLink(office.world, member)).url)
      await office.close()
    })
    afterEach(async () => {
      watcher?.close()
      await server.stop('SIGKILL')
      await disk.remove()
    })

    const send = (method: string, path: string, type: string, body: string, idempotencyKey?: string) =>
      fetch(`${server.url}/api/v1${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': type,
          ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
        },
        body,
      })
    const page = (bytes: number) => `<!doctype html><title>Big</title><p>${randomBytes(bytes / 2).toString('hex')}`
    const publish = (html: string, to?: string, key?: string) =>
      send('POST', to === undefined ? '/artifacts' : `/artifacts/${to}/versions`, 'text/html', html, key)
    const get = (path: string) =>
      fetch(`${server.url}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } })

    /** Publishes versions until one is refused. @returns how many there are */
    async function publishUntilRefused(id: string): Promise<number> {
      for (let latest = 1; ; latest++) {
        const answer = await publish(page(MiB), id)
        if (answer.status === 201) continue
        expect(await refusalOf(answer)).to.equal('storage_full')
        return latest
      }
    }

    async function refusalOf(answer: Response): Promise<string> {
      const { code, status, detail } = problem.parse(await answer.json())
      expect({ status: answer.status, detail }).to.deep.equal({
        status,
        detail:
          "The server's disk is full, so nothing was kept. Tell whoever runs it, and try again when there is room.",
      })
      expect(status).to.equal(507)
      return code
    }

    /** What a little room is left for may still be done; in the end nothing. */
    async function untilRefused(attempt: () => Promise<Response>): Promise<string> {
      for (;;) {
        const answer = await attempt()
        if (!answer.ok) return refusalOf(answer)
      }
    }

    it('refuses what cannot be kept, keeps nothing of it, shows what there is, and goes on when there is room', async () => {
      const first: Published = published.parse(await (await publish(page(200 * KiB))).json())
      watcher = await join(server.url, { token })
      await watcher.watch(first.id)
      disk.fill()

      const latest = await publishUntilRefused(first.id)
      let title = 0
      // Another one each time: the same again would write nothing.
      const rename = () => send('PATCH', `/artifacts/${first.id}`, 'application/json', `{"title":"New ${++title}"}`)
      expect(await untilRefused(rename)).to.equal('storage_full')
      expect(await untilRefused(() => publish(page(KiB)))).to.equal('storage_full')
      const signingIn = () =>
        fetch(`${server.url}/api/v1/session`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ secret: signInSecret }),
        })
      const saidFull = () => server.said().match(/disk with the data is full/g)?.length ?? 0
      // Anew after what a little room was left for; never for each refusal.
      const before = saidFull()
      expect(before).to.be.within(1, 3)
      expect(await refusalOf(await signingIn())).to.equal('storage_full')
      expect(await refusalOf(await publish(page(MiB)))).to.equal('storage_full')

      expect(await (await get(`/artifacts/${first.id}`)).json()).to.include({ latest })
      for (let n = 1; n <= latest; n++)
        expect((await get(`/artifacts/${first.id}/versions/${n}/page`)).status).to.equal(200)
      expect(await watcher.watch(first.id)).to.include({ ok: true })
      expect(saidFull()).to.equal(before)

      disk.free(server.process)
      const html = page(MiB)
      const heard = watcher.heard(watcher.told.length + 1)
      expect(published.parse(await (await publish(html, first.id, 'again')).json()).version).to.equal(latest + 1)
      expect(await (await get(`/artifacts/${first.id}/versions/${latest + 1}/source`)).text()).to.equal(html)
      await heard
      expect((await signingIn()).status).to.equal(204)

      await server.stop()
      await sweepAll()
      const unnamed = `select count(*) as n from contents c where not exists
        (select 1 from versions v where c.id in (v.page_content, v.source_content))`
      expect(runOn(dataDir, unnamed)).to.deep.equal([{ n: 0 }])
      expect(runOn(dataDir, 'pragma integrity_check')).to.deep.equal([{ integrity_check: 'ok' }])
    })

    async function sweepAll(): Promise<void> {
      const store = await openSqliteStore({ dataDir, random: randomBytes, log: silent })
      const { signal } = new AbortController()
      await store.sweep({ content: Date.now() + 1, idempotentAnswers: 0, credentials: 0 }, signal)
      await store.close()
    }

    it('is killed and started again, and has what it acknowledged', async () => {
      const { id } = published.parse(await (await publish(page(200 * KiB))).json())
      disk.fill()
      const latest = await publishUntilRefused(id)
      await server.stop('SIGKILL')
      disk.free(server.process)
      server = await serveGalley(env)
      expect(await (await get(`/artifacts/${id}`)).json()).to.include({ latest })
    })

    it('started where there is no room at all, says so in a sentence', async () => {
      await server.stop()
      disk.fill()
      const elsewhere = joinPath(disk.dir, 'elsewhere')
      await mkdir(elsewhere)
      const child = spawnGalley(
        ['serve'],
        { GALLEY_DATA_DIR: elsewhere, GALLEY_PORT: '0' },
        disk.fileSize === undefined ? undefined : 8 * KiB,
      )
      const { code, stderr, stdout } = await ran(child)
      expect({ code, stdout, stderr }).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `The data cannot be kept in ${elsewhere}: there is no room left on its disk, or it takes no more writes.\n`,
      })
    })
  })
}
