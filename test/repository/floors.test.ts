import { expect } from 'chai'
import { barrels, emptyNames, importCycles, importsOf, strayPackages, type Tree, upwardImports } from './floors.ts'
import { read } from './sources.ts'

describe('the floors of this repository', () => {
  const tree = read(['shared', 'server', 'client', 'bin'], /\.tsx?$/)

  it('are read from the sources', () => expect(tree.size).to.be.greaterThan(10))
  it('are never imported upward or across', () => expect(upwardImports(tree)).to.deep.equal([]))
  it('keep each technology in its one place', () => expect(strayPackages(tree)).to.deep.equal([]))
  it('have no import cycle', () => expect(importCycles(tree)).to.deep.equal([]))
  it('have no barrel file', () => expect(barrels(tree)).to.deep.equal([]))
  it('have no file whose name says nothing', () => expect(emptyNames(tree)).to.deep.equal([]))
})

/** The rules bite: each is shown what it is there to find. */
describe('the rules of the floors', () => {
  const faults = (find: (tree: Tree) => string[], files: Record<string, string>): string[] =>
    find(new Map(Object.entries(files)))

  it('read every way to import, and nothing out of comments or strings', () => {
    const source = [
      `import './a.ts'`,
      `import { b,`,
      `  c } from "./b.ts"`,
      `import type { D } from './d.ts'`,
      `export { e } from './e.ts'`,
      `export * from './f.ts'`,
      `const g = await import('./g.ts')`,
      `const h = new Worker(new URL('./h.ts', import.meta.url))`,
      `// import './no.ts'`,
      `/* import('./no.ts') */`,
      `const page = "import x from './no.ts'"`,
      `export const from = 'no'`,
    ].join('\n')
    expect(importsOf(source)).to.have.members(['a', 'b', 'd', 'e', 'f', 'g', 'h'].map(name => `./${name}.ts`))
  })

  const forbidden: Record<string, [from: string, to: string]> = {
    'core importing an adapter': ['server/core/publish.ts', '../store/sqlite.ts'],
    'render importing core': ['server/render/shell.ts', '../core/world.ts'],
    'one adapter importing another': ['server/http/api.ts', '../live/gateway.ts'],
    'an adapter importing the wiring': ['server/live/gateway.ts', '../app.ts'],
    'the wiring importing the process': ['server/app.ts', './main.ts'],
    'the client importing the server': ['client/viewer/document.ts', '../../server/core/world.ts'],
    'the server importing the client': ['server/http/pages.ts', '../../client/viewer/view.ts'],
    'one part of the browser importing another': ['client/viewer/frame.ts', '../frame/bridge.ts'],
    'shared importing the server': ['shared/api.ts', '../server/core/world.ts'],
    'a type imported upward': ['server/core/world.ts', '../http/api.ts'],
  }
  for (const [what, [from, to]] of Object.entries(forbidden)) {
    it(`find ${what}`, () => {
      expect(faults(upwardImports, { [from]: `import type { x } from '${to}'` })).to.have.length(1)
    })
  }

  it('find a file on no floor', () => {
    expect(faults(upwardImports, { 'server/extra/x.ts': '' })).to.deep.equal(['server/extra/x.ts is on no floor'])
  })

  it('let a floor import the ones below it, and itself', () => {
    const files = {
      'server/http/api.ts': `import '../../shared/api.ts'\nimport '../core/publish.ts'\nimport './status.ts'`,
      'client/viewer/view.tsx': `import { h } from 'preact'\nimport './header.tsx'\nimport '../../shared/events.ts'`,
      'shared/api.ts': `import { z } from 'zod'\nimport './limits.ts'`,
      'bin/galley.ts': `await import('../server/main.ts')\nawait import('../client/publisher/publish.ts')`,
    }
    expect(faults(upwardImports, files).concat(faults(strayPackages, files))).to.deep.equal([])
  })

  it('find a technology outside its place', () => {
    expect(faults(strayPackages, { 'server/core/x.ts': `import type { Kysely } from 'kysely'` })).to.have.length(1)
    expect(faults(strayPackages, { 'server/http/x.ts': `import { Server } from 'socket.io'` })).to.have.length(1)
    expect(faults(strayPackages, { 'shared/x.ts': `import { join } from 'node:path'` })).to.have.length(1)
  })

  it('find a cycle, across files and types', () => {
    const ring = {
      'server/core/a.ts': `import type { B } from './b.ts'`,
      'server/core/b.ts': `import './c.ts'`,
      'server/core/c.ts': `export { A } from './a.ts'`,
    }
    expect(faults(importCycles, ring)).to.deep.equal([
      'server/core/a.ts → server/core/b.ts → server/core/c.ts → server/core/a.ts',
    ])
    expect(faults(importCycles, { ...ring, 'server/core/c.ts': '' })).to.deep.equal([])
  })

  it('find a barrel', () => {
    expect(
      faults(barrels, { 'x.ts': `// all of it\nexport * from './a.ts'\nexport { b } from './b.ts'` }),
    ).to.have.length(1)
    expect(faults(barrels, { 'x.ts': `export * from './a.ts'\nexport const b = 1` })).to.deep.equal([])
  })

  it('find a name that says nothing', () => {
    const files = {
      'shared/utils.ts': '',
      'server/http/helpers/x.ts': '',
      'server/live/index.ts': '',
      'shared/ids.ts': '',
    }
    expect(faults(emptyNames, files)).to.have.length(3)
  })
})
