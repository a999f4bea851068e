import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress } from 'node:zlib'
import { Router } from 'express'
import { z } from 'zod'

const manifest = z.record(
  z.string(),
  z.object({
    file: z.string(),
    css: z.array(z.string()).default([]),
    imports: z.array(z.string()).default([]),
    isEntry: z.boolean().optional(),
  }),
)

/** The browser's half as Vite built it. Every name under /assets/ carries a hash of its content. */
export interface Assets {
  /** Addresses of an entry's script, of all that it imports, and of its stylesheets. */
  entry(source: string): { script: string; imports: readonly string[]; styles: readonly string[] }
  router: Router
}

interface Asset {
  type: string
  plain: Buffer
  br: Buffer
}

/**
 * @param directory `dist/client`, with Vite's manifest in it.
 * @throws Error when it was not built.
 */
export function openAssets(directory: string): Assets {
  const built = manifest.parse(JSON.parse(readFileSync(join(directory, '.vite/manifest.json'), 'utf8')))
  const names = new Set(Object.values(built).flatMap(chunk => [chunk.file, ...chunk.css]))
  const kept = new Map<string, Promise<Asset>>()

  const router = Router()
  router.get('/assets/:file', async (req, res, next) => {
    const name = `assets/${req.params.file}`
    if (!names.has(name)) return next()
    const loading = kept.get(name) ?? load(directory, name)
    kept.set(name, loading)
    const asset = await loading.catch(error => {
      // The next one who asks may have more luck.
      kept.delete(name)
      throw error
    })
    res.set({
      'Content-Type': asset.type,
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Encoding',
    })
    if (req.acceptsEncodings('br') === 'br') res.set('Content-Encoding', 'br').send(asset.br)
    else res.send(asset.plain)
  })

  return {
    router,
    entry(source) {
      const chunk = built[source]
      if (!chunk?.isEntry) throw new Error(`${source} is not among the entries built into ${directory}.`)
      const imports = new Set<(typeof built)[string]>()
      const follow = (names: readonly string[]): void => {
        for (const name of names) {
          const imported = built[name]
          if (!imported || imports.has(imported)) continue
          follow(imported.imports)
          imports.add(imported)
        }
      }
      follow(chunk.imports)
      const address = (file: string): string => `/${file}`
      return {
        script: address(chunk.file),
        imports: [...imports].map(({ file }) => address(file)),
        // What is shared first: an entry's own go over it.
        styles: [...imports, chunk].flatMap(({ css }) => css.map(address)),
      }
    },
  }
}

const types: Record<string, string> = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }

async function load(directory: string, name: string): Promise<Asset> {
  const plain = await readFile(join(directory, name))
  const type = types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  return { type, plain, br: await promisify(brotliCompress)(plain) }
}
