import { defineConfig, type Plugin } from 'vite'

/** Only websockets are spoken (docs/PROTOCOL.md): the client's other transports, 1.5 KiB gzipped, stay out. */
const websocketOnly: Plugin = {
  name: 'websocket-only',
  load: {
    filter: { id: /engine\.io-client\/build\/esm\/transports\/index\.js$/ },
    handler: () => `import { WS } from './websocket.js'\nexport const transports = { websocket: WS }`,
  },
}

/** The browser's half: each entry below becomes a script (and a stylesheet) that the server finds in the manifest. */
export default defineConfig({
  publicDir: false,
  // Only what is named is read; nothing from .env files or the environment gets into what browsers load.
  envDir: false,
  plugins: [websocketOnly],
  oxc: { jsx: { importSource: 'preact' } },
  build: {
    outDir: 'dist/client',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    manifest: true,
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ['client/viewer/main.tsx', 'client/pages/sign-in.ts', 'client/pages/home.ts'],
    },
  },
})
