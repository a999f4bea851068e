import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { expect } from 'chai'
import { runGalley, serveGalley, spawnGalley } from '../galley-process.ts'
import { type Postgres, sharedPostgres, startPostgres } from '../postgres.ts'

describe('galley, with a DATABASE_URL', function () {
  this.timeout(120_000)
  let postgres: Postgres
  let url: string
  let dir: string
  before(async () => {
    postgres = await sharedPostgres()
  })
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'galley-test-'))
    url = await postgres.createDatabase()
  })
  afterEach(async () => {
    await postgres.dropDatabase(url)
    await rm(dir, { recursive: true })
  })

  const nameOf = (database: string) => new URL(database).pathname.slice(1)
  const env = (database = url) => ({ DATABASE_URL: database, GALLEY_DATA_DIR: join(dir, 'data'), GALLEY_PORT: '0' })
  const galley = (line: string, database = url) => runGalley(line.split(' '), env(database))
  /** The database's URL with something else in it. */
  function other(
    set: Partial<Pick<URL, 'hostname' | 'port' | 'username' | 'password' | 'pathname' | 'search'>>,
  ): string {
    return Object.assign(new URL(url), set).href
  }

  it('keeps everything there, says so without the password, and leaves the data folder alone', async () => {
    const server = await serveGalley(env())
    try {
      expect(server.welcome()).to.contain(
        `\nIts data are in the PostgreSQL database ${nameOf(url)} on 127.0.0.1:${new URL(url).port}\n`,
      )
      expect(server.welcome() + server.said()).not.to.contain('secret')
      const link = await galley('member link owner@localhost')
      expect(link.stdout).to.match(/\/sign-in#\S{43}\n$/)
      expect(await readdir(dir)).to.deep.equal([])
    } finally {
      await server.stop()
    }
  })

  it('waits, as a server does, for PostgreSQL to come up', async () => {
    const own = await startPostgres()
    try {
      const database = await own.createDatabase()
      await own.stop()
      const server = spawnGalley(['serve'], { ...env(database), GALLEY_LOG_LEVEL: 'warn' })
      const ended = once(server, 'exit')
      const first = (stream: Readable | null) =>
        Promise.race([once(stream as Readable, 'data'), ended]).then(([said]) => String(said))
      const warning = await first(server.stderr)
      expect(warning).to.match(/"reason":"connect ECONNREFUSED [\d.:]+","msg":"Waiting for the PostgreSQL database /)
      expect(warning).not.to.contain('secret')
      await own.start()
      expect(await first(server.stdout)).to.match(/^Galley is at /)
      server.kill()
      expect(await ended).to.deep.equal([0, null])
    } finally {
      await own.close()
    }
  })

  it('works for nodes and commands at once, and for a command before the first of them', async () => {
    const without = await galley('member list')
    expect(without).to.include({ code: 1, stdout: '' })
    expect(without.stderr).to.equal(
      `There is no Galley data in the PostgreSQL database ${nameOf(url)} on 127.0.0.1:${new URL(url).port}. It is made when the server starts, or by: galley org add NAME\n`,
    )
    expect(await postgres.query("select tablename from pg_tables where schemaname = 'public'", url)).to.deep.equal([])
    expect((await galley('org add Acme')).stdout).to.match(/^Made the organisation "Acme"/)
    const [one, two] = await Promise.all([serveGalley(env()), serveGalley(env())])
    try {
      const added = await Promise.all(['ana', 'ben'].map(name => galley(`member add ${name}@acme.example`)))
      expect(added.map(({ code }) => code)).to.deep.equal([0, 0])
      for (const node of [one, two]) {
        const line = ['token', 'create', '--member', 'ana@acme.example', '--scope', 'full']
        const token = (await runGalley(line, { ...env(), GALLEY_PUBLIC_URL: node.url })).stdout.trim()
        const answer = await fetch(`${node.url}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } })
        expect(await answer.json()).to.have.nested.property('member.email', 'ana@acme.example')
      }
    } finally {
      await Promise.all([one.stop(), two.stop()])
    }
  })

  describe('that leads nowhere', () => {
    const wrong: [string, () => string, RegExp][] = [
      [
        'a server without TLS',
        () => other({ search: 'sslmode=verify-full' }),
        /: The server does not support SSL connections\.$/,
      ],
      [
        'another password',
        () => other({ password: 'wrong secret' }),
        /: password authentication failed for user "galley"\.$/,
      ],
      ['no password', () => other({ password: '' }), /: it wants a password, and there is none in the URL\.$/],
      [
        'no such database',
        () => other({ pathname: 'nowhere' }),
        / database nowhere on 127\.0\.0\.1:\d+: database "nowhere" does not exist\.$/,
      ],
    ]
    for (const [what, database, sentence] of wrong) {
      it(`to ${what}: says so in a sentence, and that it is the configuration`, async () => {
        const [serve, command] = await Promise.all([galley('serve', database()), galley('org add Acme', database())])
        for (const { code, stdout, stderr } of [serve, command]) {
          expect({ code, stdout }).to.deep.equal({ code: 78, stdout: '' })
          expect(stderr.trimEnd()).to.match(/^DATABASE_URL: Galley cannot use the PostgreSQL database /)
          expect(stderr.trimEnd()).to.match(sentence).and.not.contain('\n')
          expect(stderr).not.to.contain('secret')
        }
      })
    }

    it('to a server that is not up, or not there: a command says so at once, and may be tried again', async () => {
      const [down, gone] = await Promise.all([
        galley('org list', other({ port: '1' })),
        galley('org list', other({ hostname: 'db.invalid' })),
      ])
      expect(down).to.deep.equal({
        code: 1,
        stdout: '',
        stderr: `Galley cannot use the PostgreSQL database ${nameOf(url)} on 127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1.\n`,
      })
      expect(gone).to.include({ code: 1, stdout: '' })
      expect(gone.stderr).to.match(/ on db\.invalid:\d+: getaddrinfo \w+ db\.invalid\.\n$/)
    })

    it('to what a newer Galley has written: says so, and changes nothing', async () => {
      await galley('org add Acme')
      await postgres.query("insert into kysely_migration values ('9999_future', '2999-01-01')", url)
      for (const line of ['serve', 'org list']) {
        expect(await galley(line)).to.deep.equal({
          code: 1,
          stdout: '',
          stderr: 'The data was written by a newer Galley. Run that one, or restore a backup made by this one.\n',
        })
      }
    })
  })
})
