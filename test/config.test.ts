import { resolve } from 'node:path'
import { expect } from 'chai'
import { ConfigError, readConfig } from '../server/config.ts'

const faults = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(readConfig({})).to.deep.equal({
      port: 3000,
      host: '127.0.0.1',
      publicUrl: undefined,
      contentUrls: undefined,
      dataDir: resolve('galley-data'),
      databaseUrl: undefined,
      redis: undefined,
      metricsToken: undefined,
      drainNotice: 0,
      trustProxy: false,
      logLevel: undefined,
      provider: undefined,
    })
  })

  it('is read from the environment, and cannot be changed afterwards', () => {
    const config = readConfig({
      GALLEY_PORT: '8080',
      GALLEY_HOST: '0.0.0.0',
      GALLEY_PUBLIC_URL: 'https://Galley.example.com/',
      GALLEY_CONTENT_URLS: 'https://a.galley-pages.net, https://b.galley-pages.net',
      GALLEY_DATA_DIR: '/srv/galley',
      GALLEY_TRUST_PROXY: '10.0.0.0/8, loopback',
      GALLEY_LOG_LEVEL: 'warn',
    })
    expect(config).to.deep.equal({
      port: 8080,
      host: '0.0.0.0',
      publicUrl: 'https://galley.example.com',
      contentUrls: ['https://a.galley-pages.net', 'https://b.galley-pages.net'],
      dataDir: '/srv/galley',
      databaseUrl: undefined,
      redis: undefined,
      metricsToken: undefined,
      drainNotice: 0,
      trustProxy: ['10.0.0.0/8', 'loopback'],
      logLevel: 'warn',
      provider: undefined,
    })
    expect(config).to.be.frozen
  })

  it('takes an empty variable for an absent one', () => {
    expect(readConfig({ GALLEY_PORT: '', GALLEY_CONTENT_URLS: ' ' })).to.deep.equal(readConfig({}))
  })

  it('says all that is wrong at once, by variable', () => {
    const all = faults({
      GALLEY_PORT: 'http',
      GALLEY_PUBLIC_URL: 'https://galley.example.com',
      GALLEY_CONTENT_URLS: 'https://pages.example.com',
      GALLEY_TRUST_PROXY: 'true',
      GALLEY_LOG_LEVEL: 'loud',
    })
    expect(all.map(fault => fault.split(' ', 1)[0])).to.have.members([
      'GALLEY_PORT',
      'GALLEY_CONTENT_URLS',
      'GALLEY_TRUST_PROXY',
      'GALLEY_LOG_LEVEL',
    ])
  })

  describe('GALLEY_PUBLIC_URL', () => {
    for (const url of [
      'http://galley.example.com',
      'http://127.0.0.1:3000',
      'http://10.0.0.1',
      'ftp://x',
      'galley',
      'https://x.example/galley',
      'https://u@x.example',
    ]) {
      it(`cannot be ${url}`, () => {
        const [fault] = faults({ GALLEY_PUBLIC_URL: url, GALLEY_CONTENT_URLS: 'https://pages.example.net' })
        expect(fault).to.match(/^GALLEY_PUBLIC_URL (must be https|".*" is (not a URL|more than an origin))/)
      })
    }

    for (const url of ['http://localhost:3000', 'http://galley.localhost', 'https://galley.example.com']) {
      it(`can be ${url}`, () => {
        expect(faults({ GALLEY_PUBLIC_URL: url, GALLEY_CONTENT_URLS: 'https://pages.example.net' })).to.deep.equal([])
      })
    }
  })

  describe('GALLEY_CONTENT_URLS', () => {
    const contentFault = (GALLEY_PUBLIC_URL: string, GALLEY_CONTENT_URLS: string) =>
      faults({ GALLEY_PUBLIC_URL, GALLEY_CONTENT_URLS })[0]

    it('is needed beside a public URL that is not on localhost', () => {
      expect(contentFault('https://galley.example.com', '')).to.match(/is needed/)
      expect(contentFault('http://localhost:8080', '')).to.equal(undefined)
    })

    const sameSite: [string, string][] = [
      ['https://galley.example.com', 'https://galley.example.com'],
      ['https://galley.example.com', 'https://pages.example.com'],
      ['https://galley.example.co.uk', 'https://pages.example.co.uk:8443'],
      ['http://localhost:3000', 'http://localhost:3001'],
      ['https://galley.example.com', 'https://good.example.net https://bad.example.com'],
    ]
    for (const [app, content] of sameSite) {
      it(`cannot be ${content} for ${app}`, () =>
        expect(contentFault(app, content)).to.match(/is on the same site as the app/))
    }

    const otherSite: [string, string][] = [
      ['https://galley.example.com', 'https://galley.example.net'],
      ['https://a.github.io', 'https://b.github.io'],
      ['http://localhost:3000', 'http://127.0.0.1:3001'],
      ['http://localhost:3000', 'http://127.0.0.1:3000'],
    ]
    for (const [app, content] of otherSite) {
      it(`can be ${content} for ${app}`, () => expect(contentFault(app, content)).to.equal(undefined))
    }

    it('must be https, but on the loopback beside an app on localhost', () => {
      expect(contentFault('https://galley.example.com', 'http://pages.example.net')).to.match(/must be https/)
      expect(contentFault('https://galley.example.com', 'http://127.0.0.1:3001')).to.match(/must be https/)
      expect(contentFault('http://localhost:3000', 'http://pages.example.net')).to.match(/must be https/)
    })
  })

  describe('GALLEY_OIDC_…', () => {
    const provider = { GALLEY_OIDC_ISSUER: 'https://login.example/realms/acme', GALLEY_OIDC_CLIENT_ID: 'galley' }

    it('name a provider by two variables, and leave the rest as most have it', () => {
      expect(readConfig(provider).provider).to.deep.equal({
        issuer: 'https://login.example/realms/acme',
        clientId: 'galley',
        clientSecret: undefined,
        scopes: 'openid email profile',
        claims: { org: undefined, email: 'email', name: 'name', groups: 'groups' },
        trustEmail: false,
      })
    })

    it('say where it says what', () => {
      const { provider: read } = readConfig({
        ...provider,
        GALLEY_OIDC_CLIENT_SECRET: 's3cret',
        GALLEY_OIDC_SCOPES: 'openid profile groups',
        GALLEY_OIDC_CLAIM_ORG: 'hd',
        GALLEY_OIDC_CLAIM_EMAIL: 'upn',
        GALLEY_OIDC_CLAIM_NAME: 'displayName',
        GALLEY_OIDC_CLAIM_GROUPS: 'roles',
        GALLEY_OIDC_TRUST_EMAIL: '1',
      })
      expect(read).to.include({ clientSecret: 's3cret', scopes: 'openid profile groups', trustEmail: true })
      expect(read?.claims).to.deep.equal({ org: 'hd', email: 'upn', name: 'displayName', groups: 'roles' })
    })

    const wrong: [Record<string, string>, RegExp][] = [
      [{ GALLEY_OIDC_ISSUER: 'https://login.example' }, /^GALLEY_OIDC_CLIENT_ID is needed beside GALLEY_OIDC_ISSUER/],
      [{ GALLEY_OIDC_CLIENT_ID: 'galley' }, /^GALLEY_OIDC_CLIENT_ID means nothing without GALLEY_OIDC_ISSUER/],
      [{ GALLEY_OIDC_CLIENT_SECRET: 'x' }, /^GALLEY_OIDC_CLIENT_SECRET means nothing/],
      [{ GALLEY_OIDC_CLAIM_ORG: 'hd' }, /^GALLEY_OIDC_CLAIM_ORG means nothing/],
      [{ ...provider, GALLEY_OIDC_ISSUER: 'http://login.example' }, /^GALLEY_OIDC_ISSUER must be https/],
      [{ ...provider, GALLEY_OIDC_ISSUER: 'login.example' }, /^GALLEY_OIDC_ISSUER must be a URL with https/],
      [{ ...provider, GALLEY_OIDC_ISSUER: 'ftp://login.example' }, /^GALLEY_OIDC_ISSUER must be a URL with https/],
      [{ ...provider, GALLEY_OIDC_SCOPES: 'email profile' }, /^GALLEY_OIDC_SCOPES must have "openid" in it/],
      [{ ...provider, GALLEY_OIDC_TRUST_EMAIL: 'yes' }, /^GALLEY_OIDC_TRUST_EMAIL must be 1/],
    ]
    for (const [env, fault] of wrong) {
      it(`cannot be ${JSON.stringify(env)}`, () => expect(faults(env)[0]).to.match(fault))
    }

    it('may lead to this machine without https', () => {
      for (const issuer of ['http://127.0.0.1:4000', 'http://[::1]:4000']) {
        expect(faults({ ...provider, GALLEY_OIDC_ISSUER: issuer }), issuer).to.deep.equal([])
      }
    })
  })

  it('GALLEY_DRAIN_NOTICE is seconds, and not many', () => {
    expect(readConfig({ GALLEY_DRAIN_NOTICE: '10' }).drainNotice).to.equal(10_000)
    for (const bad of ['61', '1.5', '-1', '10s', '1e1', ' ten']) {
      expect(faults({ GALLEY_DRAIN_NOTICE: bad }), bad).to.deep.equal([
        'GALLEY_DRAIN_NOTICE must be whole seconds, at most 60.',
      ])
    }
  })

  it('GALLEY_TRUST_PROXY is a number of hops, addresses, or nobody', () => {
    const trust = (GALLEY_TRUST_PROXY: string) => readConfig({ GALLEY_TRUST_PROXY }).trustProxy
    expect(trust('0')).to.equal(false)
    expect(trust('2')).to.equal(2)
    expect(trust('192.168.0.1 fc00::/7')).to.deep.equal(['192.168.0.1', 'fc00::/7'])
    for (const bad of ['true', 'yes', '10.0.0.0/33', '10.0.0.0/8/8', 'proxy.example']) {
      expect(faults({ GALLEY_TRUST_PROXY: bad }), bad).to.have.length(1)
    }
  })

  describe('of several nodes', () => {
    const database = { DATABASE_URL: 'postgres://galley:s3cret@db.example.com/galley' }

    it('is where they have their data, what carries word between them, and who reads their metrics', () => {
      const one = { ...database, REDIS_URL: 'rediss://:s3cret@redis.example.com', GALLEY_METRICS_TOKEN: 'x'.repeat(16) }
      expect(readConfig(one)).to.include({
        databaseUrl: database.DATABASE_URL,
        metricsToken: one.GALLEY_METRICS_TOKEN,
      })
      expect(readConfig(one).redis).to.deep.equal({ url: one.REDIS_URL, cluster: false })
      expect(readConfig({ ...one, GALLEY_REDIS_CLUSTER: '1' }).redis).to.deep.include({ cluster: true })
      expect(readConfig(database).redis).to.equal(undefined)
    })

    it('has PostgreSQL by either name, at a host or in a folder', () => {
      for (const DATABASE_URL of [
        'postgresql://db/galley',
        'postgres:///galley?host=/run/postgresql',
        'postgres://%2Frun/galley',
      ]) {
        expect(readConfig({ DATABASE_URL }).databaseUrl).to.equal(DATABASE_URL)
      }
    })

    const wrong: [Record<string, string>, RegExp][] = [
      [
        { DATABASE_URL: 'mysql://galley:s3cret@db/galley' },
        /^DATABASE_URL must be a URL with postgres or postgresql\.$/,
      ],
      [{ DATABASE_URL: 's3cret@db' }, /^DATABASE_URL must be a URL/],
      [{ DATABASE_URL: 'postgres://galley:s3cret@db:port/galley' }, /^DATABASE_URL must be a URL/],
      [{ DATABASE_URL: 'postgres://galley:s3cret@db' }, /^DATABASE_URL must name the database/],
      [{ DATABASE_URL: 'postgres://galley:s3cret@db/' }, /^DATABASE_URL must name the database/],
      [{ ...database, REDIS_URL: 'http://:s3cret@redis' }, /^REDIS_URL must be a URL with redis or rediss\.$/],
      [{ REDIS_URL: 'redis://:s3cret@redis' }, /^REDIS_URL needs a DATABASE_URL beside it/],
      [{ ...database, GALLEY_REDIS_CLUSTER: '1' }, /^GALLEY_REDIS_CLUSTER means nothing without REDIS_URL\.$/],
      [{ ...database, REDIS_URL: 'redis://redis/2', GALLEY_REDIS_CLUSTER: '1' }, /^REDIS_URL names a database by its/],
      [{ ...database, REDIS_URL: 'redis://redis', GALLEY_REDIS_CLUSTER: 's3cret' }, /^GALLEY_REDIS_CLUSTER must be 1/],
      [{ GALLEY_METRICS_TOKEN: 's3cret' }, /^GALLEY_METRICS_TOKEN must be 16 printable characters/],
      [{ GALLEY_METRICS_TOKEN: 's3cret with a space' }, /^GALLEY_METRICS_TOKEN must be 16 printable characters/],
    ]
    for (const [env, fault] of wrong) {
      it(`cannot be ${JSON.stringify(env)}, and what is said has no secret in it`, () => {
        expect(faults(env)).to.have.length(1)
        expect(faults(env)[0]).to.match(fault).and.not.contain('s3cret')
      })
    }
  })
})
