/** How much JavaScript a viewer downloads, against its cap. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from './setup.js'

const client = join(root, 'dist/client')
const capKiB = 36
const entry = 'client/viewer/main.tsx'
/** The document of each frame, which is the bridge and little else. */
const frame = 'frame.html'

export function viewerSize() {
  const manifest = JSON.parse(readFileSync(join(client, '.vite/manifest.json'), 'utf8'))
  const files = new Set([frame])
  const visit = key => {
    const { file, imports = [], dynamicImports = [] } = manifest[key]
    if (files.has(file)) return
    files.add(file)
    for (const imported of [...imports, ...dynamicImports]) visit(imported)
  }
  visit(entry)
  const sizes = [...files].map(file => [file, gzipSync(readFileSync(join(client, file))).length / 1024])
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  const parts = sizes.map(([file, size]) => `${file} ${size.toFixed(1)}`).join(', ')
  const note = `${total.toFixed(1)} of ${capKiB} KiB gzipped (${parts})`
  return total <= capKiB ? { note } : { note, fault: 'The viewer is over its cap.' }
}
