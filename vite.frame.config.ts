import type { Plugin } from 'vite'
import { defineConfig } from 'vite'

/** The content origin serves one document, with the bridge in it: one request, and nothing beside it to guard. */
const inOneDocument: Plugin = {
  name: 'frame-document',
  generateBundle(_, bundle) {
    for (const [name, chunk] of Object.entries(bundle)) {
      if (chunk.type !== 'chunk') continue
      delete bundle[name]
      const script = chunk.code.trim().replaceAll('</script', '<\\/script')
      const source = `<!doctype html><meta charset="utf-8"><title>Page</title><script>${script}</script>\n`
      this.emitFile({ type: 'asset', fileName: 'frame.html', source })
    }
  },
}

/** Run after vite.config.ts, which empties the folder. */
export default defineConfig({
  publicDir: false,
  envDir: false,
  plugins: [inOneDocument],
  build: {
    outDir: 'dist/client',
    emptyOutDir: false,
    target: ['chrome111', 'firefox115', 'safari16.4'],
    modulePreload: false,
    rolldownOptions: { input: 'client/frame/bridge.ts', output: { format: 'iife' } },
  },
})
