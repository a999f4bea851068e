/** How much JavaScript every viewer downloads, against its cap; and, apart, what is loaded only when somebody asks for it. */
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
  const reached = (keys, files = new Set()) => {
    for (const key of keys) {
      const { file, imports = [] } = manifest[key]
      if (files.has(file)) continue
      files.add(file)
      reached(imports, files)
    }
    return files
  }
  const always = reached([entry]).add(frame)
  const total = sum(sizesOf(always))
  // What such a part shares with the rest is there already.
  const onDemand = [...(manifest[entry].dynamicImports ?? [])].map(key => [
    manifest[key].name,
    sum(sizesOf([...reached([key])].filter(file => !always.has(file)))),
  ])
  const note = `${total.toFixed(1)} of ${capKiB} KiB gzipped (${list(sizesOf(always))})${onDemand.length > 0 ? `; on demand: ${list(onDemand)}` : ''}`
  return total <= capKiB ? { note } : { note, fault: 'The viewer is over its cap.' }
}

const sizesOf = files => [...files].map(file => [file, gzipSync(readFileSync(join(client, file))).length / 1024])
const sum = sizes => sizes.reduce((total, [, size]) => total + size, 0)
const list = sizes => sizes.map(([name, size]) => `${name} ${size.toFixed(1)}`).join(', ')
