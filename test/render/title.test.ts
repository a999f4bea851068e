import { expect } from 'chai'
import { titleOf } from '../../server/render/title.ts'
import { limits } from '../../shared/limits.ts'

describe('the title of a page', () => {
  const cases: [string, string, string | undefined][] = [
    ['is its <title>', '<title>Deploys</title><h1>Other</h1>', 'Deploys'],
    ['is its <title> even after a heading', '<h1>Other</h1><title>Deploys</title>', 'Deploys'],
    ['has its character references decoded', '<title>A &amp; B &#x2014; &lt;C&gt;</title>', 'A & B — <C>'],
    ['has its white space collapsed', '<title>\n  A\n\t B </title>', 'A B'],
    ['does not read markup in <title>', '<title>A <b>B</b></title>', 'A <b>B</b>'],
    ['is the first heading when there is none', '<p>x</p><h2>A <em>B</em> &amp; C</h2><h1>D</h1>', 'A B & C'],
    ['passes over an empty one', '<title> </title><h1> </h1><h2>A</h2>', 'A'],
    ['is not that of a drawing', '<svg><title>Bar</title></svg><h1>A</h1>', 'A'],
    ['is not in a comment or a script', '<!-- <title>A</title> --><script>"<title>B</title>"</script>', undefined],
    ['is undefined when nothing says it', '<p>Text</p>', undefined],
    ['survives a title that is never closed', '<title>Open', 'Open'],
  ]
  for (const [name, html, title] of cases) {
    it(name, () => {
      expect(titleOf(html)).to.equal(title)
    })
  }

  it('is cut to the limit, between characters', () => {
    const title = titleOf(`<title>${'😀'.repeat(limits.titleChars)}</title>`) ?? ''
    expect(title.length).to.be.at.most(limits.titleChars)
    expect(title.endsWith('😀…')).to.equal(true)
  })
})
