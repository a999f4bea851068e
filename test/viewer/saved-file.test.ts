import { expect } from 'chai'
import fc from 'fast-check'
import { isDangerous, safeFileName, typeWords } from '../../client/viewer/saved-file.ts'
import { sizeWords } from '../../client/viewer/size.ts'

describe('A file that the page wants saved', () => {
  it('keeps an ordinary name as it is', () => {
    for (const name of ['report.csv', 'Übersicht 2030.json', '試験.txt', 'archive.tar.gz', 'README']) {
      expect(safeFileName(name)).to.equal(name)
    }
  })

  it('loses folders, hiding dots and characters that no file system takes', () => {
    expect(safeFileName('../../etc/passwd')).to.equal('passwd')
    expect(safeFileName('C:\\Windows\\win.ini')).to.equal('win.ini')
    expect(safeFileName('.bashrc')).to.equal('bashrc')
    expect(safeFileName('a<b>:"c|d?*.txt')).to.equal('a_b___c_d__.txt')
    expect(safeFileName('run.exe. . ')).to.equal('run.exe')
    for (const name of ['', '.', '..', '/', '...', '\u202e', ' ']) expect(safeFileName(name)).to.equal('file')
  })

  it('cannot turn its extension around', () => {
    expect(safeFileName('invoice\u202egpj.exe')).to.equal('invoicegpj.exe')
    expect(safeFileName('a.tx\u200bt\u0000')).to.equal('a.txt')
  })

  it('is no device on Windows', () => {
    expect(safeFileName('con')).to.equal('_con')
    expect(safeFileName('LPT1.txt')).to.equal('_LPT1.txt')
    expect(safeFileName('console.txt')).to.equal('console.txt')
  })

  it('keeps its extension when it is too long', () => {
    const name = safeFileName(`${'ü'.repeat(400)}.csv`)
    expect(name).to.match(/^ü+\.csv$/)
    expect(Buffer.byteLength(name)).to.be.at.most(201)
  })

  it('is only ever a name', () => {
    const piece = fc.constantFrom(
      '..',
      '/',
      '\\',
      '.',
      ' ',
      'con',
      'a',
      '\u202e',
      '\u0000',
      '\ud800',
      '👩🏽‍🚀',
      ':',
      '.exe',
    )
    const offered = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.array(piece).map(pieces => pieces.join('')),
    )
    fc.assert(
      fc.property(offered, given => {
        const name = safeFileName(given)
        expect(name).to.match(/^[^.\s/\\<>:"|?*]/u)
        expect(name).not.to.match(/[/\\<>:"|?*]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|[\s.]$/u)
        expect(Buffer.byteLength(name)).to.be.at.most(201)
        expect(safeFileName(name)).to.equal(name)
      }),
      { numRuns: 5000 },
    )
  })

  it('is warned of when opening it could run something', () => {
    for (const name of ['a.exe', 'a.BAT', 'run.sh', 'x.js', 'page.html', 'image.svg', 'a.txt.scr']) {
      expect(isDangerous(name), name).to.equal(true)
    }
    for (const name of ['a.csv', 'a.json', 'exe', 'a.png', 'notes.md']) expect(isDangerous(name), name).to.equal(false)
  })

  it('shows the type only where it is one', () => {
    expect(typeWords('Text/CSV; charset=utf-8')).to.equal('text/csv')
    for (const type of ['', 'csv', 'a/b/c', `text/${'x'.repeat(100)}`, 'image/\u202epng']) {
      expect(typeWords(type)).to.equal('unknown type')
    }
  })

  it('says its size', () => {
    expect([0, 1, 999, 1500, 48_213, 8_400_000].map(sizeWords)).to.deep.equal([
      '0 bytes',
      '1 byte',
      '999 bytes',
      '1.5 kB',
      '48 kB',
      '8.4 MB',
    ])
  })
})
