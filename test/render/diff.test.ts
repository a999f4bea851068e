import { expect } from 'chai'
import { applyPatch } from 'diff'
import fc from 'fast-check'
import { pack } from '../../server/render/content.ts'
import { diffNow } from '../../server/render/diff.ts'

describe('the diff of two sources', () => {
  const diff = (from: string, to: string) =>
    diffNow(pack(Buffer.from(from)), pack(Buffer.from(to)), ['version 1', 'version 2'])
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', 'a line', '', '-', '+ x', ' y', '@@', '\\ z', 'é'), { maxLength: 30 })
    .chain(lines => fc.constantFrom('', '\n').map(end => lines.join('\n') + end))

  it('leads from the one to the other, whatever they are', () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        const { unified, added, removed } = diff(from, to)
        if (from === to) expect({ unified, added, removed }).to.deep.equal({ unified: '', added: 0, removed: 0 })
        else expect(applyPatch(from, unified)).to.equal(to)
      }),
      { numRuns: 300 },
    )
  })

  it('shows a change with three lines around it, under the names it was given', () => {
    const page = ['<h1>Deploys</h1>', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', ''].join('\n')
    const { unified, added, removed } = diff(page, page.replace('four', 'vier'))
    expect({ added, removed }).to.deep.equal({ added: 1, removed: 1 })
    expect(unified).to.equal(
      [
        '--- version 1',
        '+++ version 2',
        '@@ -2,7 +2,7 @@',
        ...[' one', ' two', ' three', '-four', '+vier', ' five', ' six', ' seven', ''],
      ].join('\n'),
    )
  })

  it('counts the whole middle as replaced where there are too many lines to compare, and says of equals that they are', () => {
    const lines = (first: string) => `start\n${first}\n${'x\n'.repeat(250_000)}last\nend\n`
    const { unified, added, removed } = diff(lines('a'), lines('b').replace('last', 'least'))
    expect({ added, removed }).to.deep.equal({ added: 250_002, removed: 250_002 })
    expect(applyPatch(lines('a'), unified)).to.equal(lines('b').replace('last', 'least'))
    expect(diff(lines('a'), lines('a'))).to.deep.equal({ unified: '', added: 0, removed: 0 })
  })

  it('counts the whole middle as replaced where two texts differ too much to be compared in time', () => {
    const lines = (word: string) => Array.from({ length: 60_000 }, (_, n) => `${word} ${n * 7919}`).join('\n')
    const from = `first\n${lines('old')}\nlast\n`
    const to = `first\n${lines('new')}\nmore\nlast\n`
    const { unified, added, removed } = diff(from, to)
    expect({ added, removed }).to.deep.equal({ added: 60_001, removed: 60_000 })
    expect(applyPatch(from, unified)).to.equal(to)
  })
})
