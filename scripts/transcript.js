/** `npm run transcript`: goes the way of docs/terminal.md in real terminals, and puts into it what is on the screen. */
import { build } from './build.js'
import { installDependencies, installSystemPackages, neededByTests, run } from './setup.js'

installSystemPackages(neededByTests)
installDependencies()
build()
run(process.execPath, ['--import', 'tsx', 'test/package/write-guide.ts'])
