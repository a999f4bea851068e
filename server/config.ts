import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { getDomain } from 'tldts'
import { z } from 'zod'
import { limits } from '../shared/limits.ts'

export interface Config {
  /** 0: any that is free. */
  readonly port: number
  readonly host: string
  /** Origin of the app; undefined: localhost, on the port that is listened on. */
  readonly publicUrl: string | undefined
  /** Origins of the frames; undefined: 127.0.0.1, on the two ports after that (with port 0, any that are free). */
  readonly contentUrls: readonly string[] | undefined
  /** Of the embedded database; nothing is kept there beside another one. */
  readonly dataDir: string
  /** Of PostgreSQL; undefined: the embedded database. */
  readonly databaseUrl: string | undefined
  /** What carries announcements between the nodes on one PostgreSQL; undefined: there is one node. */
  readonly redis: RedisConfig | undefined
  /** Who reads /metrics brings it; undefined: nobody does. */
  readonly metricsToken: string | undefined
  /** Milliseconds from saying at /readyz that it is stopping to stopping: what balances load has to notice. */
  readonly drainNotice: number
  /** Whose X-Forwarded-For is believed: nobody's, so many hops', or these addresses'. */
  readonly trustProxy: false | number | readonly string[]
  /** undefined: what suits where the log goes. */
  readonly logLevel: (typeof logLevels)[number] | undefined
  /** Where people sign in; undefined: here, by link. */
  readonly provider: ProviderConfig | undefined
}

export interface RedisConfig {
  readonly url: string
  /** A Redis Cluster, by one of its nodes: pub/sub is sharded. */
  readonly cluster: boolean
}

/** One OpenID Connect provider, and where it says what of somebody. */
export interface ProviderConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly scopes: string
  readonly claims: {
    /** undefined: everybody who can sign in is of the one organisation there is. */
    readonly org: string | undefined
    readonly email: string
    readonly name: string
    readonly groups: string
  }
  readonly trustEmail: boolean
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  /** EX_CONFIG of sysexits.h: what restarts services can know that trying again is no use. */
  readonly exitCode = 78
  /** A sentence each, beginning with the variable's name. */
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

const list = z.string().transform(text => text.split(/[\s,]+/).filter(Boolean))

const origin = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) context.addIssue(`"${text}" is not a URL with http or https.`)
  else if (url.href !== `${url.origin}/`)
    context.addIssue(`"${text}" is more than an origin: leave it at ${url.origin}`)
  else return url.origin
  return z.NEVER
})

/** A browser keeps a secure cookie over http from localhost only; and the rest of the network must not read along. */
const publicUrl = origin.refine(
  url => url.startsWith('https:') || isLocalhost(url),
  'must be https, unless it is http://localhost.',
)

/** Where credentials are typed: only a developer's own machine may do without https. */
const issuer = z
  .string()
  .refine(text => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be a URL with https.')
  .refine(text => !URL.canParse(text) || new URL(text).protocol === 'https:' || isLoopback(text), 'must be https.')

const trustProxy = z.string().transform((text, context) => {
  if (/^\d$/.test(text)) return Number(text) || (false as const)
  const proxies = list.parse(text)
  if (proxies.every(isProxy)) return proxies
  context.addIssue('must be how many proxies stand in front (1), or their addresses (loopback, 10.0.0.0/8).')
  return z.NEVER
})

const urlOf = (...schemes: readonly string[]) =>
  z
    .string()
    // Never the URL itself: a password is in it.
    .refine(
      text => schemes.some(scheme => text.startsWith(`${scheme}://`)) && URL.canParse(text),
      `must be a URL with ${schemes.join(' or ')}.`,
    )

const variables = z.object({
  GALLEY_PORT: z
    .string()
    .refine(text => /^\d{1,5}$/.test(text) && Number(text) <= 65533, 'must be a port number, at most 65533.')
    .transform(Number)
    .default(3000),
  GALLEY_HOST: z.string().default('127.0.0.1'),
  GALLEY_PUBLIC_URL: publicUrl.optional(),
  GALLEY_CONTENT_URLS: list.pipe(z.array(origin)).optional(),
  GALLEY_DATA_DIR: z.string().default('./galley-data'),
  DATABASE_URL: urlOf('postgres', 'postgresql')
    .refine(
      text => !URL.canParse(text) || new URL(text).pathname.length > 1,
      'must name the database: postgres://user:password@host/galley',
    )
    .optional(),
  REDIS_URL: urlOf('redis', 'rediss').optional(),
  GALLEY_REDIS_CLUSTER: z.enum(['0', '1'], 'must be 1 where REDIS_URL is of a Redis Cluster, else 0.').default('0'),
  GALLEY_METRICS_TOKEN: z
    .string()
    .refine(text => text.length >= 16 && /^[\x21-\x7e]+$/.test(text), 'must be 16 printable characters or more.')
    .optional(),
  GALLEY_DRAIN_NOTICE: z
    .string()
    .transform(text => (/^\d+$/.test(text) ? 1000 * Number(text) : Number.NaN))
    .refine(ms => ms <= limits.drainNotice, `must be whole seconds, at most ${limits.drainNotice / 1000}.`)
    .default(0),
  GALLEY_TRUST_PROXY: trustProxy.default(false),
  GALLEY_OIDC_ISSUER: issuer.optional(),
  GALLEY_OIDC_CLIENT_ID: z.string().optional(),
  GALLEY_OIDC_CLIENT_SECRET: z.string().optional(),
  GALLEY_OIDC_SCOPES: z
    .string()
    .refine(text => text.split(' ').includes('openid'), 'must have "openid" in it.')
    .default('openid email profile'),
  GALLEY_OIDC_CLAIM_ORG: z.string().optional(),
  GALLEY_OIDC_CLAIM_EMAIL: z.string().default('email'),
  GALLEY_OIDC_CLAIM_NAME: z.string().default('name'),
  GALLEY_OIDC_CLAIM_GROUPS: z.string().default('groups'),
  GALLEY_OIDC_TRUST_EMAIL: z
    .enum(['0', '1'], 'must be 1 where the provider gives out verified addresses alone, else 0.')
    .default('0'),
  GALLEY_LOG_LEVEL: z.enum(logLevels, `must be one of ${logLevels.join(', ')}.`).optional(),
})

/**
 * @param env the process's environment; an empty variable counts as absent
 * @throws ConfigError with everything that is wrong
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value?.trim()))
  const parsed = variables.safeParse(given)
  const faults = (parsed.error?.issues ?? []).map(({ path, message }) => `${String(path[0])} ${message}`)
  faults.push(...siteFaults(given), ...providerFaults(given), ...redisFaults(given))
  if (!parsed.success || faults.length > 0) throw new ConfigError(faults)
  const { data } = parsed
  return Object.freeze({
    port: data.GALLEY_PORT,
    host: data.GALLEY_HOST,
    publicUrl: data.GALLEY_PUBLIC_URL,
    contentUrls: data.GALLEY_CONTENT_URLS,
    dataDir: resolve(data.GALLEY_DATA_DIR),
    databaseUrl: data.DATABASE_URL,
    redis:
      data.REDIS_URL === undefined ? undefined : { url: data.REDIS_URL, cluster: data.GALLEY_REDIS_CLUSTER === '1' },
    metricsToken: data.GALLEY_METRICS_TOKEN,
    drainNotice: data.GALLEY_DRAIN_NOTICE,
    trustProxy: data.GALLEY_TRUST_PROXY,
    logLevel: data.GALLEY_LOG_LEVEL,
    provider: providerOf(data),
  })
}

/** Nodes that hear each other but have each a database of their own would be told of what they do not have. */
function redisFaults(given: Record<string, unknown>): string[] {
  if (given.REDIS_URL === undefined) {
    return given.GALLEY_REDIS_CLUSTER === undefined ? [] : ['GALLEY_REDIS_CLUSTER means nothing without REDIS_URL.']
  }
  if (given.DATABASE_URL === undefined) return ['REDIS_URL needs a DATABASE_URL beside it: several nodes share one.']
  const numbered = /^\w+:\/\/[^/]*\/0*[1-9]/.test(String(given.REDIS_URL))
  return given.GALLEY_REDIS_CLUSTER === '1' && numbered
    ? ['REDIS_URL names a database by its number, and a Redis Cluster has only one: leave the number out.']
    : []
}

const providerVariables = ['GALLEY_OIDC_CLIENT_ID', 'GALLEY_OIDC_CLIENT_SECRET', 'GALLEY_OIDC_CLAIM_ORG'] as const

/** Half a provider is a mistake: without it, whoever has a link would be the only one who can sign in. */
function providerFaults(given: Record<string, unknown>): string[] {
  if (given.GALLEY_OIDC_ISSUER !== undefined) {
    return given.GALLEY_OIDC_CLIENT_ID === undefined
      ? ['GALLEY_OIDC_CLIENT_ID is needed beside GALLEY_OIDC_ISSUER.']
      : []
  }
  return providerVariables
    .filter(name => given[name] !== undefined)
    .map(name => `${name} means nothing without GALLEY_OIDC_ISSUER.`)
}

function providerOf(data: z.infer<typeof variables>): ProviderConfig | undefined {
  const { GALLEY_OIDC_ISSUER: issuer, GALLEY_OIDC_CLIENT_ID: clientId } = data
  if (issuer === undefined || clientId === undefined) return undefined
  return {
    issuer,
    clientId,
    clientSecret: data.GALLEY_OIDC_CLIENT_SECRET,
    scopes: data.GALLEY_OIDC_SCOPES,
    claims: {
      org: data.GALLEY_OIDC_CLAIM_ORG,
      email: data.GALLEY_OIDC_CLAIM_EMAIL,
      name: data.GALLEY_OIDC_CLAIM_NAME,
      groups: data.GALLEY_OIDC_CLAIM_GROUPS,
    },
    trustEmail: data.GALLEY_OIDC_TRUST_EMAIL === '1',
  }
}

/** @param port that is listened on, where it was left open */
export const publicUrlOf = (config: Config, port = config.port): string =>
  config.publicUrl ?? `http://localhost:${port}`

/** What is wrong with the origins together, as far as each is right by itself. */
function siteFaults(given: Record<string, unknown>): string[] {
  const { GALLEY_PUBLIC_URL, GALLEY_CONTENT_URLS } = variables.shape
  const app = GALLEY_PUBLIC_URL.safeParse(given.GALLEY_PUBLIC_URL)
  const contents = GALLEY_CONTENT_URLS.safeParse(given.GALLEY_CONTENT_URLS)
  if (!app.success || !contents.success) return []
  const appUrl = app.data ?? 'http://localhost'
  if (!contents.data) {
    return isLocalhost(appUrl)
      ? []
      : ['GALLEY_CONTENT_URLS is needed beside a GALLEY_PUBLIC_URL: one origin or more on another registrable domain.']
  }
  return contents.data.flatMap(url => contentFault(appUrl, url) ?? [])
}

/**
 * A page in a frame of the app's own site shares a process with the app in some browsers: an endless loop in it
 * freezes the viewer, and cookies of the site are one step closer (ISOLATION §1).
 */
function contentFault(appUrl: string, url: string): string | undefined {
  if (siteOf(url) === siteOf(appUrl)) {
    return `GALLEY_CONTENT_URLS ${url} is on the same site as the app (${siteOf(appUrl)}): published pages need another registrable domain.`
  }
  if (url.startsWith('https:') || (isLoopback(url) && appUrl.startsWith('http:'))) return undefined
  return `GALLEY_CONTENT_URLS ${url} must be https, unless the app is on http://localhost and it on 127.0.0.1.`
}

/** The registrable domain, shared suffixes such as github.io counted as public; a name or address without one is its own. */
function siteOf(url: string): string {
  const { hostname } = new URL(url)
  return getDomain(hostname, { allowPrivateDomains: true }) ?? hostname
}

const isLocalhost = (url: string): boolean => /^(?:.+\.)?localhost$/.test(new URL(url).hostname)

/** Served by a listener of this process itself, on the port that the origin names. */
export const isLoopback = (url: string): boolean =>
  isLocalhost(url) || /^(?:127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)

function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [address = '', prefix, ...rest] = text.split('/')
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1
  return rest.length === 0 && (prefix === undefined ? bits > 0 : /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
}
