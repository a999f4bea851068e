import { defineConfig, type Plugin } from 'vite'
import { limits } from './shared/limits.ts'

/** Only websockets are spoken (docs/PROTOCOL.md): the client's other transports, 1.5 KiB gzipped, stay out. */
const websocketOnly: Plugin = {
  name: 'websocket-only',
  load: {
    filter: { id: /engine\.io-client\/build\/esm\/transports\/index\.js$/ },
    handler: () => `import { WS } from './websocket.js'\nexport const transports = { websocket: WS }`,
  },
}

const caps: Readonly<Record<string, number>> = limits

/** Of all the caps a browser gets the few that it keeps, as numbers: the others are 1.1 KiB gzipped, and grow. */
const capsInlined: Plugin = {
  name: 'caps-inlined',
  transform: {
    filter: { id: /\/(client|shared)\/.*\.tsx?$/ },
    handler: code => code.replaceAll(/\blimits\.(\w+)/g, (text, name) => String(caps[name] ?? text)),
  },
}

/** The browser's half: each entry below becomes a script (and a stylesheet) that the server finds in the manifest. */
export default defineConfig({
  publicDir: false,
  // Only what is named is read; nothing from .env files or the environment gets into what browsers load.
  envDir: false,
  plugins: [websocketOnly, capsInlined],
  oxc: { jsx: { importSource: 'preact' } },
  build: {
    outDir: 'dist/client',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    manifest: true,
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: ['client/viewer/main.tsx', 'client/pages/sign-in.ts', 'client/pages/device.ts', 'client/gallery/main.tsx'],
    },
  },
})
