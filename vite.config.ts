import { defineConfig, type Plugin } from 'vite'
import { frameLimits, limits } from './shared/limits.ts'

/** Only websockets are spoken (docs/PROTOCOL.md): the client's other transports, 2.2 KiB gzipped, stay out. */
const websocketOnly: Plugin = {
  name: 'websocket-only',
  load: {
    filter: { id: /engine\.io-client\/build\/esm\/transports\/(index|polling-xhr)\.js$/ },
    handler: id =>
      id.endsWith('index.js')
        ? `import { WS } from './websocket.js'\nexport const transports = { websocket: WS }`
        : // Exported on, and looked for in the browser while it loads.
          'export class XHR {}',
  },
}

/** Nor does the client reconnect by itself (client/network/connection.ts does): how long it would wait, 0.2 KiB, stays out. */
const reconnectionByHand: Plugin = {
  name: 'reconnection-by-hand',
  load: {
    filter: { id: /socket\.io-client\/build\/esm\/contrib\/backo2\.js$/ },
    handler: () => 'export class Backoff { reset() {} }',
  },
}

/**
 * What `import()` waits for beside the script: its stylesheet. Vite's own also preloads scripts, sets nonces and
 * announces failures, 0.8 KiB gzipped.
 */
const stylesOnDemand: Plugin = {
  name: 'styles-on-demand',
  enforce: 'pre',
  load: {
    filter: { id: /^\0vite\/preload-helper\.js$/ },
    handler: () => `export const __vitePreload = async (load, files = []) => {
      await Promise.all(files.filter(file => file.endsWith('.css')).map(file => new Promise((done, fail) => {
        const link = document.createElement('link')
        Object.assign(link, { rel: 'stylesheet', href: '/' + file, onload: done, onerror: fail })
        if (document.querySelector('link[href="/' + file + '"]')) done()
        else document.head.append(link)
      })))
      return load()
    }`,
  },
}

const caps: Readonly<Record<string, Readonly<Record<string, number>>>> = { limits, frameLimits }

/** Of all the caps a browser gets the few that it keeps, as numbers: the others are 1.1 KiB gzipped, and grow. */
const capsInlined: Plugin = {
  name: 'caps-inlined',
  transform: {
    filter: { id: /\/(client|shared)\/.*\.tsx?$/ },
    handler: code =>
      code.replaceAll(/\b(limits|frameLimits)\.(\w+)/g, (text, group, name) => String(caps[group]?.[name] ?? text)),
  },
}

const ofTheViewer = /\/node_modules\/|\/client\/network\/|\/client\/elements\/(ago|initials|state|updated)\./

/** The browser's half: each entry below becomes a script (and a stylesheet) that the server finds in the manifest. */
export default defineConfig({
  publicDir: false,
  // Only what is named is read; nothing from .env files or the environment gets into what browsers load.
  envDir: false,
  plugins: [websocketOnly, reconnectionByHand, capsInlined, stylesOnDemand],
  oxc: { jsx: { importSource: 'preact' } },
  build: {
    outDir: 'dist/client',
    target: ['chrome111', 'firefox115', 'safari16.4'],
    manifest: true,
    modulePreload: false,
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: [
        'client/viewer/main.tsx',
        'client/pages/sign-in.ts',
        'client/pages/device.ts',
        'client/gallery/main.tsx',
        'client/admin/main.tsx',
      ],
      // In one piece what the viewer shares with other screens: each further one is a request before anything shows.
      output: { codeSplitting: { groups: [{ name: 'common', test: ofTheViewer, minShareCount: 2 }] } },
    },
  },
})
