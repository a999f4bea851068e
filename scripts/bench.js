/** `npm run bench`: every measurement of bench/, or those named: `npm run bench -- delta`. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.js'
import { installDependencies, root, run, stop } from './setup.js'

const all = readdirSync(join(root, 'bench'))
  .filter(file => file.endsWith('.ts'))
  .map(file => file.slice(0, -'.ts'.length))
const named = process.argv.slice(2)
const unknown = named.filter(name => !all.includes(name))
if (unknown.length > 0) stop(`No such measurement: ${unknown.join(', ')}. There are: ${all.join(', ')}.`)

installDependencies()
build()
for (const name of named.length > 0 ? named : all) run(process.execPath, ['--import', 'tsx', `bench/${name}.ts`])
