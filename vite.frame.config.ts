import type { Plugin } from 'vite'
import { defineConfig } from 'vite'

/** Each document of the content origin has its script in it: one request, and nothing beside it to guard. */
const inOneDocument = (fileName: string): Plugin => ({
  name: 'one-document',
  generateBundle(_, bundle) {
    for (const [name, chunk] of Object.entries(bundle)) {
      if (chunk.type !== 'chunk') continue
      delete bundle[name]
      const script = chunk.code.trim().replaceAll('</script', '<\\/script')
      const source = `<!doctype html><meta charset="utf-8"><title>Page</title><script>${script}</script>\n`
      this.emitFile({ type: 'asset', fileName, source })
    }
  },
})

const scripts: Readonly<Record<string, string>> = { frame: 'client/frame/bridge.ts', still: 'client/frame/still.ts' }

/** Run after vite.config.ts, which empties the folder; once for each document, whose name is the mode. */
export default defineConfig(({ mode }) => ({
  publicDir: false,
  envDir: false,
  plugins: [inOneDocument(`${mode}.html`)],
  build: {
    outDir: 'dist/client',
    emptyOutDir: false,
    target: ['chrome111', 'firefox115', 'safari16.4'],
    modulePreload: false,
    rolldownOptions: { input: scripts[mode] ?? '', output: { format: 'iife' } },
  },
}))
