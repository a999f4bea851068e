import { expect } from 'chai'
import { readFrontMatter } from '../../server/render/front-matter.ts'
import { lint } from '../../server/render/lint.ts'
import { renderMarkdown } from '../../server/render/markdown.ts'
import { isDocument } from '../../server/render/shell.ts'
import { titleOf } from '../../server/render/title.ts'
import { KiB, MiB } from '../../shared/limits.ts'

const repeated = (text: string, size: number): string => text.repeat(Math.ceil(size / text.length))

/** Each word that a rule begins with, as it stands and with what keeps the rule looking for its end. */
const padded = (triggers: readonly string[]): string[] =>
  triggers.flatMap(trigger => [
    ...['', ' ', ' '.repeat(40), '\n\t'.repeat(500), ' x', ' {a,', ' from', "('", '("/', '("//a', '.', ','].map(
      pad => trigger + pad,
    ),
    `from ${trigger} `,
    `import ${trigger} from "`,
    `import ${trigger} from "a"`,
    `import {${trigger}} from "/`,
  ])

const scripts = padded([
  'fetch',
  'sendBeacon(',
  'new',
  '.open("GET",',
  'import',
  'export',
  'from',
  'new Worker',
  'indexedDB',
  'alert(',
])
const styles = padded(['@import', 'url(', '/*', '*/'])
const markup = ['<', '</', '<!', '<!--', '<!-->', '<?', '<p ', '<a ', '<a href=', '<a href="', '<img srcset="a, ']
  .concat('<link rel=" ', '<link rel=-icon ', '<p style="', '<p onclick=import ', '<script>', '</script', '<title>')
  .concat('<title></title>', '<h1>', '<h1><a><p>', '</h1', '<svg>', '<body', ' ', '\uFEFF')
/** As they would stand in a page: what is repeated in one run, or all over it. */
const pages: readonly { name: string; make: (size: number) => string }[] = [
  ...scripts.map(text => ({ name: text, make: (size: number) => `<script>${repeated(text, size)}</script>` })),
  ...styles.map(text => ({ name: text, make: (size: number) => `<style>${repeated(text, size)}</style>` })),
  ...markup.map(text => ({ name: text, make: (size: number) => repeated(text, size) })),
  ...['src', 'srcset', 'onclick', 'style'].flatMap(name =>
    [' ', ', ', 'a ', 'url(', 'import '].map(text => ({
      name: `${name} ${text}`,
      make: (size: number) => `<img ${name}="${repeated(text, size)}">`,
    })),
  ),
]

const markdown = [
  ...[
    'www.',
    ' www.',
    '_www.',
    ' http://',
    ' http://a',
    '_http://a.b',
    ' www.a.b',
    ' www.a.b)',
    ' www.a.b&a;',
    '(www.',
  ],
  ...['a@', 'a@b', ' a@b.', ' a@b.c', '.', '-', 'a.b-', '~', '~~', ' ~a', '~a~ ', '- [ ] ', '- [x] a\n'],
  ...['[^', '[^a', '[^a]', '[^a]: ', '^[', '![', '[a](', '[a](b.md) ', '<b title="', '<img src=a>\n', '`\n', '# a\n'],
  ...['> [!NOTE]\n', '| a ', '``` js\n', '---\n', '    a\n\n'],
].map(text => ({ name: text, make: (size: number) => `[^a]: x\n\n${repeated(text, size)}` }))

const frontMatter = ['a', ' ', '\t', ' #', '# ', '" ', '"', "'", '\\"', '\\', '-', '- '].flatMap(text =>
  ['title: a', 'title: "a', '- ', 'lang: en-', '', '#'].map(start => ({
    name: `${start}${text}`,
    make: (size: number) => `---\ntitle: x\n${start}${repeated(text, size)}x\n---\n`,
  })),
)

const look = (html: string): void => {
  isDocument(html)
  titleOf(html)
  lint(html)
}
const ordinary = (size: number): string =>
  `<!doctype html><title>Report</title><script>${repeated('const total = rows.map(row => row.sum) // of all\n', size / 4)}</script>
<style>${repeated('.row { color: #123; background: var(--ground) }\n', size / 4)}</style><h1>Report</h1>
${repeated('<tr class="row"><td>Tea</td><td><a href="#a">12</a></td></tr>\n', size / 2)}`
const prose = (size: number): string => repeated('Some *tea* and `code`, a [link](#a) and text.\n\n- an item\n\n', size)

/** Milliseconds, of the quickest of some runs: others use the machine, too. */
function quickest(runs: number, enough: number, run: () => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let left = runs; left > 0 && best > enough; left -= 1) {
    const started = performance.now()
    run()
    best = Math.min(best, performance.now() - started)
  }
  return best
}

describe('the time that a hostile page takes', function () {
  this.timeout(120_000)
  // An ordinary page is the measure, so that no machine is too slow. What grew with the square of its size, or took
  // a thousand steps for each character, would be hundreds of times beyond it.
  const times = 40
  const suites = [
    { what: 'as HTML', hostile: pages, look, measure: ordinary, sizes: [64 * KiB, 1 * MiB] },
    {
      what: 'as front matter',
      hostile: frontMatter,
      look: readFrontMatter,
      measure: ordinary,
      sizes: [64 * KiB, 1 * MiB],
    },
    { what: 'as Markdown', hostile: markdown, look: renderMarkdown, measure: prose, sizes: [16 * KiB, 128 * KiB] },
  ]
  for (const { what, hostile, look: read, measure, sizes } of suites) {
    for (const size of sizes) {
      it(`is in proportion to its size ${what}, ${size / KiB} KiB`, () => {
        const page = measure(size)
        const yard = what === 'as Markdown' ? read : look
        for (let warm = 0; warm < 3; warm += 1) yard(page)
        const allowed =
          times *
          Math.max(
            quickest(5, 0, () => yard(page)),
            0.5,
          )
        const slow = hostile.flatMap(({ name, make }) => {
          const text = make(size)
          const took = quickest(3, allowed, () => read(text))
          return took > allowed ? [`${JSON.stringify(name)}: ${Math.round(took)} ms of ${Math.round(allowed)}`] : []
        })
        expect(slow).to.deep.equal([])
      })
    }
  }
})
