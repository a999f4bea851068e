import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect } from 'chai'
import { statusOf } from '../../server/http/status.ts'
import { read, root } from './sources.ts'

describe('the documents', () => {
  const documents = read(['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs'], /\.md$/)

  it('link to files that are there', () => {
    const links = [...documents].flatMap(([path, text]) =>
      [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => ({ path, link })),
    )
    const broken = links
      .filter(({ link }) => !/^[a-z]+:/.test(link))
      .filter(({ path, link }) => !existsSync(join(root, posix.dirname(path), link)))
    expect(broken).to.deep.equal([])
  })

  it('name every variable that the server reads', () => {
    const config = [...read(['server', 'client'], /config\.ts$/).values()].join('\n')
    const names = new Set(config.match(/\bGALLEY_[A-Z_]+\b/g))
    const readme = documents.get('README.md') ?? ''
    expect(names).to.not.be.empty
    expect([...names].filter(name => !readme.includes(`\`${name}\``))).to.deep.equal([])
  })

  it('name every error code of the API, beside its status', () => {
    const rows = (documents.get('docs/API.md') ?? '').split('\n')
    const missing = Object.entries(statusOf).filter(
      ([code, status]) => !rows.some(row => row.startsWith(`| ${status} |`) && row.includes(`\`${code}\``)),
    )
    expect(missing).to.deep.equal([])
  })

  it('give the live protocol no rule that no test holds, and no test holds a rule that is not there', () => {
    const rules = (documents.get('docs/PROTOCOL.md') ?? '').matchAll(/^- \*\*([A-Z]\d+)\*\*/gm)
    const tests = [...read(['test'], /\.ts$/).values()].join('\n')
    const names = tests.matchAll(/\bit\(['`]([A-Z]\d+(?:, [A-Z]\d+)*): /g)
    const cited = [...names].flatMap(([, rules = '']) => rules.split(', '))
    expect([...new Set(cited)].sort()).to.deep.equal([...rules].map(([, rule]) => rule).sort())
  })
})
