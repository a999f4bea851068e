/** `npm run build`: sources → dist/, unless dist/ was made from these very sources. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bin, installDependencies, root, run } from './setup.js'

const inputs = [
  'shared',
  'server',
  'client',
  'bin',
  'vite.config.ts',
  'vite.frame.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
]
const dist = join(root, 'dist')
/** Holds the hash of the sources that dist/ was built from; written last, so that half a build is none. */
const stamp = join(dist, '.built-from')
export const command = join(dist, 'bin/galley.js')

export function build() {
  const hash = hashOf(inputs)
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  console.log('Building …')
  rmSync(dist, { recursive: true, force: true })
  // Vite empties its folder, dist/client, in which tsc then puts the parts of the client that run in Node.
  run(bin('vite'), ['build', '--config', 'vite.config.ts', '--logLevel', 'warn'])
  for (const document of ['frame', 'still']) {
    run(bin('vite'), ['build', '--config', 'vite.frame.config.ts', '--mode', document, '--logLevel', 'warn'])
  }
  run(bin('tsc'), ['-p', 'tsconfig.build.json'])
  chmodSync(command, 0o755)
  run(process.execPath, [command, '--help'], { stdio: ['ignore', 'ignore', 'inherit'] })
  writeFileSync(stamp, hash)
}

function hashOf(paths) {
  const hash = createHash('sha256')
  for (const file of paths.flatMap(filesOf)) hash.update(`${file}\0`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

function filesOf(path) {
  if (!statSync(join(root, path)).isDirectory()) return [path]
  return readdirSync(join(root, path))
    .sort()
    .flatMap(name => filesOf(`${path}/${name}`))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  installDependencies()
  build()
}
