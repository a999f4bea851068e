import { posix } from 'node:path'

/**
 * Which file may import what (docs/ARCHITECTURE.md). The rules read a tree of sources, path → text, so that the test
 * can also show them a made-up tree that breaks every one of them.
 */
export type Tree = ReadonlyMap<string, string>

const adapters = [
  'server/store/',
  'server/live/',
  'server/identity/',
  'server/http/',
  'server/jobs/',
  'server/quota/',
  'server/metrics/',
  'server/log/',
] as const

/** Each place and, beside itself, the places it may import. The first that a path begins with is the file's place. */
const places: readonly { at: string; may: readonly string[] }[] = [
  { at: 'shared/', may: [] },
  { at: 'server/render/', may: ['shared/'] },
  { at: 'server/core/', may: ['shared/', 'server/render/'] },
  ...adapters.map(at => ({ at, may: ['shared/', 'server/render/', 'server/core/'] })),
  { at: 'server/config.ts', may: ['shared/'] },
  { at: 'server/app.ts', may: ['shared/', 'server/render/', 'server/core/', ...adapters, 'server/config.ts'] },
  { at: 'server/operator/', may: ['shared/', 'server/'] },
  { at: 'server/main.ts', may: ['shared/', 'server/'] },
  { at: 'client/sdk/', may: ['shared/'] },
  { at: 'client/publisher/', may: ['shared/', 'client/sdk/'] },
  { at: 'client/', may: ['shared/', 'client/network/', 'client/elements/', 'client/theme.css'] },
  { at: 'bin/', may: ['shared/', 'server/', 'client/sdk/', 'client/publisher/'] },
]

/** A technology that one place alone knows, so that it can be replaced there. */
const homes: Readonly<Record<string, string>> = {
  express: 'server/http/',
  'socket.io': 'server/live/',
  kysely: 'server/store/',
  'better-sqlite3': 'server/store/',
  pg: 'server/store/',
  jose: 'server/identity/',
  pino: 'server/log/',
  'prom-client': 'server/metrics/',
  'rate-limiter-flexible': 'server/quota/',
  preact: 'client/',
}

const staticImport = /^(?:import|export)\b(?:[^'"`;]*?\bfrom)?\s*['"]([^'"]+)['"]/gm
const dynamicImport = /\bimport\s*\(\s*['"]([^'"]+)['"]/g
const workerUrl = /\bnew URL\(\s*['"](\.[^'"]+\.tsx?)['"]\s*,\s*import\.meta\.url/g
const comment = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm

/** Specifiers as written: static (types too), dynamic, and the file of a worker. */
export function importsOf(source: string): string[] {
  const code = source.replace(comment, '')
  return [staticImport, dynamicImport, workerUrl].flatMap(pattern =>
    [...code.matchAll(pattern)].map(match => match[1] ?? ''),
  )
}

/** The files of this tree that a file imports, by path. */
function edges(path: string, source: string): string[] {
  return importsOf(source)
    .filter(specifier => specifier.startsWith('.'))
    .map(specifier => posix.join(posix.dirname(path), specifier.replace(/\?.*$/, '')))
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** Imports that go up or across, and files that belong to no floor. */
export function upwardImports(tree: Tree): string[] {
  return [...tree].flatMap(([path, source]) => {
    const place = places.find(({ at }) => path.startsWith(at))
    if (!place) return [`${path} is on no floor`]
    // A part of the client that is named only by `client/` is its folder, not the whole client.
    const own = place.at === 'client/' ? `${path.split('/').slice(0, 2).join('/')}/` : place.at
    return edges(path, source)
      .filter(target => ![own, ...place.may].some(at => target.startsWith(at)))
      .map(target => `${path} may not import ${target}`)
  })
}

/** Packages imported outside the place that is theirs; of all packages, `shared` may only know zod. */
export function strayPackages(tree: Tree): string[] {
  return [...tree].flatMap(([path, source]) =>
    importsOf(source)
      .filter(specifier => !specifier.startsWith('.'))
      .filter(specifier =>
        path.startsWith('shared/') ? specifier !== 'zod' : !path.startsWith(homes[packageOf(specifier)] ?? ''),
      )
      .map(specifier => `${path} may not import ${specifier}`),
  )
}

/** Each cycle once, as a path that ends where it began. Types count: what cannot be read alone is not apart. */
export function importCycles(tree: Tree): string[] {
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const met = trail.indexOf(path)
    if (met >= 0) cycles.push([...trail.slice(met), path].join(' → '))
    if (met >= 0 || done.has(path)) return
    for (const target of edges(path, tree.get(path) ?? '')) if (tree.has(target)) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of tree.keys()) visit(path, [])
  return cycles
}

/** Files that only pass on what others export. */
export function barrels(tree: Tree): string[] {
  return [...tree]
    .filter(([, source]) => {
      const rest = source.replace(comment, '').replace(/^export\b[^'"`;=]*?\bfrom\s*['"][^'"]+['"];?/gm, '')
      return rest.trim() === '' && source.includes('export')
    })
    .map(([path]) => `${path} only re-exports`)
}

/** A name that says nothing collects what has no home. */
export function emptyNames(tree: Tree): string[] {
  return [...tree.keys()]
    .filter(path => /(^|\/)(utils?|helpers?|misc|common|index)(\/|\.tsx?$)/i.test(path))
    .map(path => `${path} has a name that says nothing`)
}
