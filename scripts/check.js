/** `npm run check`: everything that can be said of the sources without running them, a line each. */
import { spawnSync } from 'node:child_process'
import { build } from './build.js'
import { bin, installDependencies, root } from './setup.js'
import { viewerSize } from './viewer-size.js'

/** Each answers nothing when all is well, else what is wrong; a note is shown either way. */
const checks = {
  'types, server and commands': () => tool('tsc', '-p', 'tsconfig.json'),
  'types, browser': () => tool('tsc', '-p', 'tsconfig.client.json'),
  'lint and format': () => tool('biome', 'check', '--error-on-warnings'),
  'floors and cycles': () => tool('mocha', '--spec', 'test/repository/floors.test.ts'),
  'nothing dead or undeclared': () => tool('knip', '--no-progress', '--treat-config-hints-as-errors'),
  'size of the viewer': viewerSize,
}

function tool(name, ...args) {
  const { status, stdout, stderr } = spawnSync(bin(name), args, { cwd: root, encoding: 'utf8' })
  return status === 0 ? {} : { fault: stdout + stderr }
}

installDependencies()
build()
let passed = true
for (const [name, check] of Object.entries(checks)) {
  const started = performance.now()
  const { fault, note } = check()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${fault ? '✗' : '✓'} ${name}${note ? `: ${note}` : ''} (${seconds} s)`)
  if (fault) console.error(fault)
  passed &&= !fault
}
process.exitCode = passed ? 0 : 1
