import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Me } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { timeInWords } from '../../shared/text.ts'
import { hasDisplay } from './browser.ts'
import { credentialsPath, readCredentials } from './credentials.ts'
import { sentenceOf } from './failure.ts'
import { stateFolder, writeJson } from './folders.ts'
import { probe } from './probe.ts'
import { type CommonOptions, connect, serverOf } from './session.ts'
import { readSettings, type Settings, type Source } from './settings.ts'
import type { Terminal } from './terminal.ts'

/** What was looked at, and what is to be said of it. */
export interface Finding {
  check: 'node' | 'settings' | 'credentials' | 'server' | 'clock' | 'sign-in' | 'memory' | 'browser' | 'serve'
  /** `failure`: it stops publishing. */
  state: 'ok' | 'warning' | 'failure'
  message: string
  /** What to do about it. */
  advice?: string
}

/** Looks at everything that publishing needs, in the order in which it needs it. Throws only on Ctrl-C. */
export async function* checkUp(
  terminal: Terminal,
  options: CommonOptions,
  canServe: () => Promise<void>,
): AsyncGenerator<Finding> {
  yield node(terminal)
  const settings = await readSettings(terminal, options.server).catch((error: unknown) => failed('settings', error))
  yield 'check' in settings ? settings : ofSettings(settings)
  yield await credentials(terminal)
  if (!('check' in settings)) yield* server(terminal, settings)
  yield await memory(terminal)
  yield browser(terminal, 'check' in settings ? undefined : settings)
  yield await serving(canServe)
}

const failed = (check: Finding['check'], error: unknown): Finding => ({
  check,
  state: 'failure',
  message: sentenceOf(error),
})

/** As in package.json's `engines`. */
const leastNode = [20, 19] as const

function node({ version }: Terminal): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isNewEnough = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])
  const message = `galley ${version} on Node ${process.versions.node}`
  if (isNewEnough) return { check: 'node', state: 'ok', message }
  return { check: 'node', state: 'failure', message, advice: `Galley needs Node ${leastNode.join('.')} or newer.` }
}

function ofSettings({ files, disabledBy }: Settings): Finding {
  if (disabledBy !== undefined) {
    const advice = 'Take that away to publish; until then pages are written to local files.'
    return { check: 'settings', state: 'failure', message: `Publishing is turned off by ${disabledBy}.`, advice }
  }
  const message = files.length > 0 ? `Settings are read from ${files.join(' and ')}.` : 'There is no settings file.'
  return { check: 'settings', state: 'ok', message }
}

async function credentials({ env }: Terminal): Promise<Finding> {
  const path = credentialsPath(env)
  try {
    const servers = Object.keys(await readCredentials(env))
    const kept = servers.length > 0 ? `${path} keeps tokens for ${servers.join(', ')}` : `${path} keeps no token`
    const message = `${kept}${env.GALLEY_TOKEN ? ', and GALLEY_TOKEN holds one' : ''}.`
    return { check: 'credentials', state: 'ok', message }
  } catch (error) {
    return failed('credentials', error)
  }
}

const namedBy: Readonly<Record<Source, string>> = {
  flag: '--server',
  environment: 'GALLEY_URL',
  project: 'the galley.json of this project',
  user: 'your own settings',
}

async function* server(terminal: Terminal, settings: Settings): AsyncGenerator<Finding> {
  let url: string
  try {
    url = serverOf(settings)
  } catch (error) {
    yield failed('server', error)
    return
  }
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(limits.jsonDeadline)])
  const probed = await probe(url, signal)
  terminal.signal.throwIfAborted()
  const named = settings.server ? `, named by ${namedBy[settings.server.from]},` : ''
  if (!probed.answered) {
    const { fault, advice } = probed
    yield { check: 'server', state: 'failure', message: `${url}${named} cannot be used: ${fault}`, advice }
    return
  }
  yield { check: 'server', state: 'ok', message: `${url}${named} answered within ${probed.took} ms.` }
  yield clock(probed.ahead)
  yield await signIn(terminal, settings, signal)
}

function clock(ahead: number): Finding {
  const seconds = Math.round(Math.abs(ahead) / 1000)
  if (Math.abs(ahead) <= limits.clockTolerance) {
    return { check: 'clock', state: 'ok', message: "This machine's clock is right, as far as the server's is." }
  }
  const message = `This machine's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the server's.`
  return {
    check: 'clock',
    state: 'warning',
    message,
    advice: 'Set it: what is said here of times is wrong until then.',
  }
}

async function signIn(terminal: Terminal, settings: Settings, signal: AbortSignal): Promise<Finding> {
  try {
    const { client } = await connect(terminal, settings)
    return ofMe(await client.me(signal), Date.now())
  } catch (error) {
    terminal.signal.throwIfAborted()
    return failed('sign-in', error)
  }
}

/** A token that ends sooner is worth a word. */
const soon = 7 * 86_400_000

function ofMe({ member, org, scope, expiresAt }: Me, now: number): Finding {
  const until = timeInWords(Date.parse(expiresAt))
  const message = `You are ${member.name} <${member.email}> of "${org.name}", with the scope "${scope}", until ${until}.`
  const again = 'Get a new token with: galley login'
  if (member.barred !== null) return { check: 'sign-in', state: 'failure', message: `${message} ${member.barred}` }
  if (scope === 'read') {
    return {
      check: 'sign-in',
      state: 'failure',
      message: `${message} That is to look only, not to publish.`,
      advice: again,
    }
  }
  if (Date.parse(expiresAt) - now < soon) return { check: 'sign-in', state: 'warning', message, advice: again }
  return { check: 'sign-in', state: 'ok', message }
}

/** Publishing works without; but then the same file becomes a new page each time. */
async function memory({ env }: Terminal): Promise<Finding> {
  const folder = stateFolder(env)
  const trial = join(folder, `trial.${randomUUID()}.json`)
  try {
    await writeJson(trial, {})
    await rm(trial)
    return { check: 'memory', state: 'ok', message: `Which file is which page is remembered in ${folder}.` }
  } catch (error) {
    const message = `Which file is which page cannot be remembered in ${folder}. ${sentenceOf(error)}`
    return {
      check: 'memory',
      state: 'warning',
      message,
      advice: 'Until then, name the page that you update with --to.',
    }
  }
}

function browser({ env }: Terminal, settings: Settings | undefined): Finding {
  const opens = hasDisplay(env) && settings?.autoOpen !== false
  const message = opens ? 'A first publish opens the browser.' : 'No browser is opened here: addresses are printed.'
  return { check: 'browser', state: 'ok', message }
}

async function serving(canServe: () => Promise<void>): Promise<Finding> {
  try {
    await canServe()
    return { check: 'serve', state: 'ok', message: '"galley serve" would run here.' }
  } catch (error) {
    const message = `"galley serve" would not run here; publishing does. ${sentenceOf(error)}`
    return { check: 'serve', state: 'warning', message }
  }
}
