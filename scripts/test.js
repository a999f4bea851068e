/**
 * `npm test`: sets up all that the tests need, builds, runs them. `npm test -- --grep x` passes on to mocha.
 *
 * Most tests wait more than they work, and so run side by side, more of them than there are processors. Those that look
 * at what a browser paints run in pairs; those that time it, kill servers or fill the machine otherwise run by
 * themselves: a neighbour would be measured along with them.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.js'
import { bin, installDependencies, installSystemPackages, neededByTests, root, run } from './setup.js'

const all = 'test/**/*.test.ts'
const painted = [...['corpus', 'frame', 'life'].map(name => `test/e2e/${name}.test.ts`), 'test/package/**/*.test.ts']
const alone = [
  ...['endurance', 'swap'].map(name => `test/e2e/${name}.test.ts`),
  ...['linear', 'start-press'].map(name => `test/render/${name}.test.ts`),
  'test/{cluster,faults}/**/*.test.ts',
]
const processors = availableParallelism()

installSystemPackages(neededByTests)
installDependencies()
build()
const args = process.argv.slice(2)
const chosen = args.some(arg => arg === '--spec' || arg.startsWith('--spec=') || arg.endsWith('.test.ts'))

/** What is chosen by name may all be in one of the parts. */
const only = args.length > 0 ? ['--no-fail-zero', ...args] : []

/** All parts run, also when one has failed; the last line has the counts of all. */
function runAll() {
  const folder = mkdtempSync(join(tmpdir(), 'galley-tests-'))
  try {
    const specs = patterns => patterns.flatMap(pattern => ['--spec', pattern])
    const sideBySide = jobs => ['--parallel', '--jobs', String(Math.max(2, jobs))]
    const parts = [
      [...sideBySide(processors + 1), ...specs([all]), ...[...painted, ...alone].flatMap(each => ['--ignore', each])],
      [...sideBySide(processors), ...specs(painted)],
      specs(alone),
    ].map((part, at) => runPart([...part, ...only], join(folder, `${at}.json`)))
    const sum = what => parts.reduce((sum, part) => sum + part[what], 0)
    console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
    process.exitCode = parts.every(part => part.ok) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param counts where mocha's reporter writes how it went; a run that wrote nothing has failed */
function runPart(mochaArgs, counts) {
  const env = { ...process.env, GALLEY_TEST_COUNTS: counts }
  const { status } = spawnSync(bin('mocha'), mochaArgs, { cwd: root, stdio: 'inherit', env })
  try {
    return { ...JSON.parse(readFileSync(counts, 'utf8')), ok: status === 0 }
  } catch {
    return { passed: 0, failed: 1, ok: false }
  }
}

if (chosen) run(bin('mocha'), args)
else runAll()
