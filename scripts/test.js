/** `npm test`: sets up all that the tests need, builds, runs them. `npm test -- --grep x` passes on to mocha. */
import { build } from './build.js'
import { bin, installDependencies, installSystemPackages, neededByTests, run } from './setup.js'

installSystemPackages(neededByTests)
installDependencies()
build()
const args = process.argv.slice(2)
const chosen = args.some(arg => arg === '--spec' || arg.startsWith('--spec=') || arg.endsWith('.test.ts'))
run(bin('mocha'), chosen ? args : ['--spec', 'test/**/*.test.ts', ...args])
