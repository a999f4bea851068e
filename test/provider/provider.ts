import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Claims, Settings } from './settings.ts'

const program = fileURLToPath(new URL('process.ts', import.meta.url))

/** The identity provider of a test. What it is told is so when the promise resolves. */
export interface TestProvider {
  issuer: string
  /** That it listens on, whatever stands in front of it. */
  port: number
  /** As Galley names it on its screens. */
  name: string
  /** The settings of a Galley that has people sign in here, and tells organisations apart by the claim `org`. */
  env: Record<string, string>
  /** @param url the app's origin, which people are sent back to */
  serves(url: string): Promise<void>
  /** Adds people, or changes what is said of them. */
  knows(people: Record<string, Claims>): Promise<void>
  /** `userinfo`: what is said of somebody is to be asked for, and not in the ID token. */
  claimsAt(place: 'token' | 'userinfo'): Promise<void>
  rotateKeys(): Promise<void>
  feels(mood: Settings['mood']): Promise<void>
  /** Gone; everybody is signed out of it. */
  stop(): Promise<void>
  /** Back again, at the same address. */
  start(): Promise<void>
}

/** @param front where it stands behind a proxy: the origin that people find it at */
export async function startProvider({ front }: { front?: string } = {}): Promise<TestProvider> {
  let settings: Settings = {
    port: 0,
    issuer: front,
    client: { id: 'galley', secret: 'a secret between Galley and its identity provider', claimsAt: 'token' },
    redirectUris: [],
    people: {},
    keys: 0,
    mood: 'well',
  }
  let running: { child: ChildProcess; death: Promise<never> } | undefined
  const tell = async (change: Partial<Settings> = {}): Promise<void> => {
    settings = { ...settings, ...change }
    if (!running) return
    running.child.send(settings)
    const [answer] = await Promise.race([once(running.child, 'message'), running.death])
    settings = { ...settings, port: (answer as { port: number }).port }
  }
  const start = async (): Promise<void> => {
    const child = fork(program, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const death = deathOf(child)
    // Told to whoever waits for it at the time.
    death.catch(() => {})
    running = { child, death }
    await tell()
  }
  await start()
  const issuer = front ?? `http://127.0.0.1:${settings.port}`
  return {
    issuer,
    port: settings.port,
    name: new URL(issuer).host,
    env: {
      GALLEY_OIDC_ISSUER: issuer,
      GALLEY_OIDC_CLIENT_ID: settings.client.id,
      GALLEY_OIDC_CLIENT_SECRET: settings.client.secret,
      GALLEY_OIDC_CLAIM_ORG: 'org',
    },
    serves: url => tell({ redirectUris: [`${url}/sign-in/callback`] }),
    knows: people => tell({ people: { ...settings.people, ...people } }),
    claimsAt: claimsAt => tell({ client: { ...settings.client, claimsAt } }),
    rotateKeys: () => tell({ keys: settings.keys + 1 }),
    feels: mood => tell({ mood }),
    async stop() {
      if (!running) return
      const { child } = running
      running = undefined
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    start,
  }
}

async function deathOf(child: ChildProcess): Promise<never> {
  let said = ''
  child.stderr?.on('data', text => {
    said += String(text)
  })
  await once(child, 'exit')
  throw new Error(`The identity provider ended: ${said}`)
}
