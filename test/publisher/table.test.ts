import { expect } from 'chai'
import fc from 'fast-check'
import { type Column, oneLine, tabbed, table } from '../../client/publisher/table.ts'

describe('a table', () => {
  interface Row {
    title: string
    version: number
    by: string
  }
  const columns: Column<Row>[] = [
    { title: 'TITLE', cell: row => row.title, narrow: 'cut' },
    { title: 'VERSION', cell: row => String(row.version) },
    { title: 'BY', cell: row => row.by, narrow: 'spare' },
  ]
  const row = (title: string, version = 1, by = 'Ann'): Row => ({ title, version, by })
  const lines = (rows: Row[], room: number) => table(rows, columns, room).split('\n')

  it('is as wide as what is in it', () => {
    expect(lines([row('Deploys', 12), row('A longer title')], 80)).to.deep.equal([
      'TITLE           VERSION  BY',
      'Deploys         12       Ann',
      'A longer title  1        Ann',
    ])
    expect(table([], columns, 80)).to.equal('')
  })

  it('cuts, then leaves out, then cuts to the least, and no further', () => {
    const rows = [row('A title of thirty characters ..')]
    expect(lines(rows, 45)[1]).to.equal('A title of thirty characters ..  1        Ann')
    expect(lines(rows, 40)[1]).to.equal('A title of thirty charact…  1        Ann')
    expect(lines(rows, 29)[1]).to.equal('A title of thirty c…  1')
    expect(lines(rows, 5)[1]).to.equal('A title of thir…  1')
  })

  it('knows what takes two columns, and what takes none', () => {
    const wide = ['日本語', '한국어', '👩‍👩‍👧‍👦👍🏽🇩🇪', '❤️1️⃣📈', 'ＡＢＣ']
    for (const title of wide) expect(lines([row(title)], 80)[1], title).to.equal(`${title}  1        Ann`)
    expect(lines([row('cafe\u0301 ·…'), row('1234567')], 80)[1]).to.equal('cafe\u0301 ·…  1        Ann')
  })

  it('lets nothing through to a terminal that is not text', () => {
    const hostile = row('\x1b]0;owned\x07 \x9b2J\r\nlines\u202eknil')
    expect(lines([hostile], 80)).to.have.length(2)
    expect(tabbed([['a\tb', 'c\nd'], ['\x1b[2J']])).to.equal('a b\tc d\n[2J')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must not be there
        expect(oneLine(text)).not.to.match(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/)
      }),
    )
  })

  it('is never wider than the terminal, as long as that has room for the least', () => {
    const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map(code => String.fromCharCode(code)) })
    fc.assert(
      fc.property(
        fc.array(fc.record({ title: printable, version: fc.nat(), by: printable })),
        fc.integer({ min: 30, max: 100 }),
        (rows, room) => {
          for (const line of lines(rows, room)) expect(line.length).to.be.at.most(room)
        },
      ),
    )
  })
})
