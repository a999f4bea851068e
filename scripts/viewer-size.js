/** How much JavaScript a viewer downloads, against its cap. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { root } from './setup.js'

const client = join(root, 'dist/client')
const capKiB = 36
/** What the viewer page loads, and the bridge that each frame loads. */
const entries = ['client/viewer/main.tsx', 'client/frame/bridge.ts']

export function viewerSize() {
  const manifest = JSON.parse(readFileSync(join(client, '.vite/manifest.json'), 'utf8'))
  const files = new Set()
  const visit = key => {
    const chunk = manifest[key]
    if (!chunk) throw new Error(`${key} is not in Vite's manifest, which has ${Object.keys(manifest).join(', ')}.`)
    if (files.has(chunk.file)) return
    files.add(chunk.file)
    for (const imported of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) visit(imported)
  }
  for (const entry of entries) visit(entry)
  const sizes = [...files].map(file => [file, gzipSync(readFileSync(join(client, file))).length / 1024])
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  const parts = sizes.map(([file, size]) => `${file} ${size.toFixed(1)}`).join(', ')
  const note = `${total.toFixed(1)} of ${capKiB} KiB gzipped (${parts})`
  return total <= capKiB ? { note } : { note, fault: 'The viewer is over its cap.' }
}
