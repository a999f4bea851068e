/**
 * `npm run demo`: from a clean clone to a page that changes in front of you. Starts a server on data of its own,
 * publishes an example, goes on publishing new versions of it, and prints the link to open. Ctrl-C ends all of it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { advance, newFleet } from '../examples/deploys/fleet.js'
import { deploysPage } from '../examples/deploys/page.js'
import { build, command } from './build.js'
import { installDependencies } from './setup.js'

const everyMs = 2000
const startMs = 20_000
const you = 'you@example.org'

installDependencies()
build()

const folder = mkdtempSync(join(tmpdir(), 'galley-demo-'))
const port = await freePort(3000)
const url = `http://localhost:${port}`
const settings = Object.entries(process.env).filter(([name]) => !/^(GALLEY_|DATABASE_URL$|REDIS_URL$)/.test(name))
const env = {
  ...Object.fromEntries(settings),
  GALLEY_PORT: String(port),
  GALLEY_DATA_DIR: join(folder, 'data'),
  GALLEY_LOG_LEVEL: 'warn',
  GALLEY_URL: url,
}

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => ending.abort())
const server = spawn(process.execPath, [command, 'serve'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
const serverEnded = new Promise(resolve => server.on('exit', resolve))
void serverEnded.then(() => ending.abort())

try {
  await demo()
} catch (error) {
  if (!ending.signal.aborted) {
    console.error(error.message)
    process.exitCode = 1
  }
} finally {
  const byItself = server.exitCode
  if (byItself) process.exitCode = byItself
  server.kill('SIGTERM')
  await serverEnded
  rmSync(folder, { recursive: true, force: true })
}

async function demo() {
  await untilReady()
  galley(['member', 'add', you, '--name', 'You', '--owner'])
  const token = galley(['token', 'create', '--member', you, '--scope', 'publish'])
  const fleet = newFleet(Date.now())
  const file = join(folder, 'deploys.html')
  writeFileSync(file, deploysPage(fleet, Date.now()))
  const published = galley(['publish', file, '--yes', '--icon', '🚢'], { GALLEY_TOKEN: token }).match(
    /\S+\/a\/\w+/,
  )?.[0]
  if (!published) throw new Error('galley publish did not say where the page is.')
  const page = new URL(published)
  const link = new URL(galley(['member', 'link', you]).match(/\S+#\S+/)?.[0] ?? url)
  link.search = `next=${page.pathname}`

  console.log(`
Galley is running. Open this, sign in, and watch the page change every ${everyMs / 1000} seconds:

  ${link}

The link works once; after that the page is at ${page}
Ctrl-C stops the server and takes its data away.`)

  while (!ending.signal.aborted) {
    await wait(everyMs, undefined, { signal: ending.signal })
    advance(fleet, Date.now())
    await publish(page, token, deploysPage(fleet, Date.now()))
  }
}

/** The same command that a person types. */
function galley(args, more = {}) {
  const run = spawnSync(process.execPath, [command, ...args], { env: { ...env, ...more }, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`galley ${args.join(' ')} failed:\n${run.stderr}${run.stdout}`)
  return run.stdout.trim()
}

/** What a CI job would do with curl. */
async function publish(page, token, html) {
  const id = page.pathname.split('/').at(-1)
  const reply = await fetch(`${url}/api/v1/artifacts/${id}/versions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/html' },
    body: html,
    signal: ending.signal,
  })
  if (!reply.ok) throw new Error(`Publishing was refused: ${await reply.text()}`)
}

async function untilReady() {
  for (const until = Date.now() + startMs; Date.now() < until; ) {
    const ready = await fetch(`${url}/healthz`).catch(() => undefined)
    if (ready?.ok) return
    await wait(100, undefined, { signal: ending.signal })
  }
  throw new Error(`The server did not answer within ${startMs / 1000} s.`)
}

/** The first port from here on that is free together with the next two, which the content origins take. */
async function freePort(from) {
  for (let port = from; port < from + 100; port += 3) {
    const free = await Promise.all([port, port + 1, port + 2].map(isFree))
    if (free.every(Boolean)) return port
  }
  throw new Error(`No three free ports in a row between ${from} and ${from + 100}.`)
}

function isFree(port) {
  return new Promise(resolve => {
    const probe = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}
