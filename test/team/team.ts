import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts, type Ran, runGalley, type Serving, serveGalley } from '../galley-process.ts'
import { startProvider, type TestProvider } from '../provider/provider.ts'
import { issueCertificates, trustingHome } from './authority.ts'
import { nameThisMachine } from './hosts.ts'
import { startNginx } from './nginx.ts'

const app = 'app.galley.test'
const pages = 'galley-pages.test'
const login = 'login.acme.test'

/** One node as a team runs it: behind nginx with HTTPS, app and pages on two domains, people from a provider. */
export interface Team {
  url: string
  contentUrls: readonly string[]
  /** Where HTTP is redirected to HTTPS. */
  httpPort: number
  /** PEM file of the authority that vouches for all hosts. */
  authority: string
  provider: TestProvider
  server: Serving
  /** The settings that the server was started with. */
  env: Record<string, string>
  /** The environment of a Chromium that trusts the authority. */
  home: Record<string, string>
  /** The command on somebody's machine. */
  galley(args: readonly string[], env?: Record<string, string>): Promise<Ran>
  close(): Promise<void>
}

export async function startTeam(): Promise<Team> {
  const dir = await mkdtemp(join(tmpdir(), 'galley-team-'))
  const opened: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true, maxRetries: 5 })]
  const close = async (): Promise<void> => {
    for (const end of opened.splice(0).reverse()) await end()
  }
  try {
    return { ...(await open(dir, opened)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** @param opened what is to be done in the end, the last first */
async function open(dir: string, opened: (() => Promise<unknown>)[]): Promise<Omit<Team, 'close'>> {
  const hosts = [app, `a.${pages}`, `b.${pages}`, login]
  opened.push(await nameThisMachine(hosts))
  const certificates = await issueCertificates(dir, hosts)
  const { authority } = certificates
  const first = Number((await freePorts()).GALLEY_PORT)
  const ports = { galley: first, https: first + 1, http: first + 2 }
  const originOf = (host: string) => `https://${host}:${ports.https}`

  const provider = await startProvider({ front: originOf(login) })
  opened.push(() => provider.stop())
  const nginx = await startNginx(dir, { app, pages, certificates, ports, login: { host: login, port: provider.port } })
  opened.push(() => nginx.stop())

  const url = originOf(app)
  const contentUrls = [originOf(`a.${pages}`), originOf(`b.${pages}`)]
  const trust = { NODE_EXTRA_CA_CERTS: authority }
  const env = {
    ...trust,
    ...provider.env,
    GALLEY_DATA_DIR: join(dir, 'data'),
    GALLEY_PORT: String(ports.galley),
    GALLEY_PUBLIC_URL: url,
    GALLEY_CONTENT_URLS: contentUrls.join(' '),
    GALLEY_TRUST_PROXY: '1',
  }
  await provider.serves(url)
  const made = await runGalley(['org', 'add', 'Acme', '--claim', 'acme'], env)
  if (made.code !== 0) throw new Error(`The organisation was not made: ${made.stderr}`)
  const server = await serveGalley(env)
  opened.push(() => server.stop())
  return {
    url,
    contentUrls,
    httpPort: ports.http,
    authority,
    provider,
    server,
    env,
    home: await trustingHome(dir, authority),
    galley: (args, env = {}) => runGalley(args, { ...trust, HOME: dir, ...env }),
  }
}
