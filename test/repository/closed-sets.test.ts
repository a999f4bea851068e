import { expect } from 'chai'
import { errorCodes } from '../../shared/errors.ts'
import { limits } from '../../shared/limits.ts'
import { read } from './sources.ts'

/** What a compiler does not see: members of a set that nothing uses. */
describe('the closed sets', () => {
  const sources = [...read(['shared', 'server', 'client', 'bin'], /\.tsx?$/)]
  const elsewhere = (home: string) => sources.filter(([path]) => path !== home).map(([, source]) => source)

  it('have no limit that nothing enforces', () => {
    const text = elsewhere('shared/limits.ts').join('\n')
    const dead = Object.keys(limits).filter(name => !new RegExp(`\\blimits\\.${name}\\b`).test(text))
    expect(dead).to.deep.equal([])
  })

  it('have no error code that nothing answers with', () => {
    // The table of statuses names every code and answers with none of itself.
    const text = elsewhere('shared/errors.ts')
      .filter(source => !errorCodes.every(code => source.includes(code)))
      .join('\n')
    const made = read(['shared/errors.ts'], /\.ts$/).get('shared/errors.ts') ?? ''
    const dead = errorCodes.filter(code => !text.includes(`'${code}'`) && !made.includes(`GalleyError('${code}'`))
    expect(dead).to.deep.equal([])
  })
})
