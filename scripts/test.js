/**
 * `npm test`: sets up all that the tests need, builds, runs them. `npm test -- --grep x` passes on to mocha.
 *
 * Most tests wait more than they work, and so run side by side, more of them than there are processors. Those that work
 * browsers or disks hard are given more room; those that time what they do run by themselves: a neighbour would be
 * measured along with them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from './build.js'
import { bin, installDependencies, installSystemPackages, neededByTests, root, run } from './setup.js'

/** Those that take longest begin first: what begins last should not be waited for alone. */
const long = 'compliance|e2e|publisher|store|team'
const all = [`test/@(${long})/**/*.test.ts`, `test/!(${long})/**/*.test.ts`, 'test/*.test.ts']
const heavy = [
  ...['corpus', 'frame', 'endurance', 'life'].map(name => `test/e2e/${name}.test.ts`),
  'test/{faults,package}/**/*.test.ts',
]
const alone = [
  'test/e2e/swap.test.ts',
  ...['linear', 'start-press'].map(name => `test/render/${name}.test.ts`),
  'test/cluster/**/*.test.ts',
]
const processors = availableParallelism()

/** Tests that have ended and not closed what they opened keep their process from ending: so long it may. Milliseconds. */
const toEnd = 20_000
/** However long they go on, after this it is over. Milliseconds. */
const partLimit = 30 * 60_000

installSystemPackages(neededByTests)
installDependencies()
build()
const args = process.argv.slice(2)
const chosen = args.some(arg => arg === '--spec' || arg.startsWith('--spec=') || arg.endsWith('.test.ts'))

/** What is chosen by name may all be in one of the parts. */
const only = args.length > 0 ? ['--no-fail-zero', ...args] : []

/** All parts run, also when one has failed; the last line has the counts of all. */
async function runAll() {
  const folder = mkdtempSync(join(tmpdir(), 'galley-tests-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  const specs = patterns => patterns.flatMap(pattern => ['--spec', pattern])
  const sideBySide = jobs => ['--parallel', '--jobs', String(Math.max(2, jobs))]
  const argsOfParts = [
    [...sideBySide(processors * 2 + 1), ...specs(all), ...[...heavy, ...alone].flatMap(each => ['--ignore', each])],
    [...sideBySide(processors + 1), ...specs(heavy)],
    specs(alone),
  ]
  const parts = []
  for (const [at, part] of argsOfParts.entries()) {
    parts.push(await runPart([...part, ...only], join(folder, `${at}.json`)))
  }
  // Once more at the end: some parts' own reports are thousands of lines further up.
  for (const failure of parts.flatMap(part => part.failures)) console.log(`Failed: ${failure}\n`)
  const sum = what => parts.reduce((sum, part) => sum + part[what], 0)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
  process.exitCode = parts.every(part => part.ok) ? 0 : 1
}

/** @param counts where mocha's reporter writes how it went; a run that wrote nothing has failed */
async function runPart(mochaArgs, counts) {
  const env = { ...process.env, GALLEY_TEST_COUNTS: counts }
  // A group of its own, of which nothing is left when its time is over: not a server, nor a browser.
  const mocha = spawn(bin('mocha'), mochaArgs, { cwd: root, stdio: 'inherit', env, detached: true })
  const kill = () => killGroup(mocha.pid)
  const interrupted = () => {
    kill()
    process.exit(1)
  }
  for (const signal of interrupts) process.on(signal, interrupted)
  const ended = once(mocha, 'exit').then(([status]) => ({ ok: status === 0 }))
  const { ok, open = [] } = await Promise.race([ended, leftOpen(counts, ended)])
  kill()
  for (const signal of interrupts) process.off(signal, interrupted)
  try {
    const { passed, failed, failures } = JSON.parse(readFileSync(counts, 'utf8'))
    return { passed, failed: failed + open.length, failures: [...failures, ...open], ok }
  } catch {
    return { passed: 0, failed: 1, failures: [`${mochaArgs.join(' ')}\n    ended without its counts`], ok: false }
  }
}

const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Resolves when there have been counts for some time; what keeps the process from ending then is a fault like others. */
async function leftOpen(counts, ended) {
  let over = false
  void ended.then(() => (over = true))
  for (let waited = 0; !over && !existsSync(counts); waited += 1000) {
    if (waited > partLimit) return { ok: false, open: [] }
    await sleep(1000)
  }
  await sleep(toEnd, undefined, { ref: false })
  return { ok: false, open: ['these tests left something open, which kept their process from ending: it was killed'] }
}

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

if (chosen) run(bin('mocha'), args)
else await runAll()
