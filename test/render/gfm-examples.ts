/**
 * One example for each numbered example of the extension sections of the GFM specification (0.29-gfm, and the one or
 * two tildes of its current strikethrough section), in words of our own: same syntax, same rule.
 */
export interface GfmExample {
  section: 'Tables' | 'Task list items' | 'Strikethrough' | 'Autolinks' | 'Disallowed Raw HTML'
  rule: string
  markdown: string
  html: string
}

const row = (tag: 'th' | 'td', ...cells: string[]): string =>
  `<tr>\n${cells.map(cell => `<${tag}>${cell}</${tag}>\n`).join('')}</tr>\n`
const table = (head: string, ...rows: string[]): string =>
  `<table>\n<thead>\n${head}</thead>\n${rows.length > 0 ? `<tbody>\n${rows.join('')}</tbody>\n` : ''}</table>\n`
const link = (href: string, text = href): string => `<a href="${href}">${text}</a>`

export const gfmExamples: readonly GfmExample[] = [
  {
    section: 'Tables',
    rule: 'a header row, a delimiter row, data rows',
    markdown: '| tea | cup |\n| --- | --- |\n| pot | jug |\n',
    html: table(row('th', 'tea', 'cup'), row('td', 'pot', 'jug')),
  },
  {
    section: 'Tables',
    rule: 'alignment, and pipes at the ends left out',
    markdown: '| tea | saucer |\n:-: | -----------:\npot | jug\n',
    html: table(
      '<tr>\n<th align="center">tea</th>\n<th align="right">saucer</th>\n</tr>\n',
      '<tr>\n<td align="center">pot</td>\n<td align="right">jug</td>\n</tr>\n',
    ),
  },
  {
    section: 'Tables',
    rule: 'an escaped pipe is part of its cell, in code and emphasis too',
    markdown: '| t\\|ea  |\n| ------ |\n| p `\\|` ot |\n| p **\\|** ot |\n',
    html: table(row('th', 't|ea'), row('td', 'p <code>|</code> ot'), row('td', 'p <strong>|</strong> ot')),
  },
  {
    section: 'Tables',
    rule: 'another block ends the table',
    markdown: '| tea | cup |\n| --- | --- |\n| pot | jug |\n> mug\n',
    html: `${table(row('th', 'tea', 'cup'), row('td', 'pot', 'jug'))}<blockquote>\n<p>mug</p>\n</blockquote>\n`,
  },
  {
    section: 'Tables',
    rule: 'an empty line ends the table, a line of text does not',
    markdown: '| tea | cup |\n| --- | --- |\n| pot | jug |\nmug\n\nmug\n',
    html: `${table(row('th', 'tea', 'cup'), row('td', 'pot', 'jug'), row('td', 'mug', ''))}<p>mug</p>\n`,
  },
  {
    section: 'Tables',
    rule: 'a setext underline does not end the table',
    markdown: '| tea | cup |\n| --- | --- |\n| pot | jug |\nmug\n===\n',
    html: table(row('th', 'tea', 'cup'), row('td', 'pot', 'jug'), row('td', 'mug', ''), row('td', '===', '')),
  },
  {
    section: 'Tables',
    rule: 'no table when header and delimiter row differ in their cells',
    markdown: '| tea | cup |\n| --- |\n| pot |\n',
    html: '<p>| tea | cup |\n| --- |\n| pot |</p>\n',
  },
  {
    section: 'Tables',
    rule: 'missing cells are empty, cells too many are left out',
    markdown: '| tea | cup |\n| --- | --- |\n| pot |\n| pot | jug | mug |\n',
    html: table(row('th', 'tea', 'cup'), row('td', 'pot', ''), row('td', 'pot', 'jug')),
  },
  {
    section: 'Tables',
    rule: 'no body without data rows',
    markdown: '| tea | cup |\n| --- | --- |\n',
    html: table(row('th', 'tea', 'cup')),
  },
  {
    section: 'Task list items',
    rule: 'open and done',
    markdown: '- [ ] boil\n- [x] pour\n',
    html: '<ul>\n<li><input disabled="" type="checkbox"> boil</li>\n<li><input checked="" disabled="" type="checkbox"> pour</li>\n</ul>\n',
  },
  {
    section: 'Task list items',
    rule: 'nested',
    markdown: '- [x] boil\n  - [ ] fill\n  - [x] heat\n- [ ] pour\n',
    html: '<ul>\n<li><input checked="" disabled="" type="checkbox"> boil\n<ul>\n<li><input disabled="" type="checkbox"> fill</li>\n<li><input checked="" disabled="" type="checkbox"> heat</li>\n</ul>\n</li>\n<li><input disabled="" type="checkbox"> pour</li>\n</ul>\n',
  },
  {
    section: 'Strikethrough',
    rule: 'one or two tildes',
    markdown: '~~Tea~~ Coffee, ~no~ milk!\n',
    html: '<p><del>Tea</del> Coffee, <del>no</del> milk!</p>\n',
  },
  {
    section: 'Strikethrough',
    rule: 'not across paragraphs',
    markdown: 'The ~~tea is\n\ncold now~~.\n',
    html: '<p>The ~~tea is</p>\n<p>cold now~~.</p>\n',
  },
  {
    section: 'Strikethrough',
    rule: 'not with three tildes',
    markdown: 'The tea is ~~~not~~~ cold.\n',
    html: '<p>The tea is ~~~not~~~ cold.</p>\n',
  },
  {
    section: 'Autolinks',
    rule: 'www. and a domain',
    markdown: 'www.example.org\n',
    html: `<p>${link('http://www.example.org', 'www.example.org')}</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: 'with a path',
    markdown: 'Read www.example.org/tea for the recipe.\n',
    html: `<p>Read ${link('http://www.example.org/tea', 'www.example.org/tea')} for the recipe.</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: 'without the punctuation after it',
    markdown: 'Read www.example.org.\n\nRead www.example.org/t.a.\n',
    html: `<p>Read ${link('http://www.example.org', 'www.example.org')}.</p>\n<p>Read ${link('http://www.example.org/t.a', 'www.example.org/t.a')}.</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: 'parentheses balance',
    markdown:
      ['', '))', ')'].map((more, n) => `${n === 2 ? '(' : ''}www.example.org/find?q=Tea+(green)${more}\n`).join('\n') +
      '\n(www.example.org/find?q=Tea+(green)\n',
    html: (() => {
      const green = link('http://www.example.org/find?q=Tea+(green)', 'www.example.org/find?q=Tea+(green)')
      return `<p>${green}</p>\n<p>${green}))</p>\n<p>(${green})</p>\n<p>(${green}</p>\n`
    })(),
  },
  {
    section: 'Autolinks',
    rule: 'parentheses inside are left alone',
    markdown: 'www.example.org/find?q=(green))+tea\n',
    html: `<p>${link('http://www.example.org/find?q=(green))+tea', 'www.example.org/find?q=(green))+tea')}</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: 'without what looks like a character reference at the end',
    markdown: 'www.example.org/find?q=tea&hl=en\n\nwww.example.org/find?q=tea&hl;\n',
    html: `<p>${link('http://www.example.org/find?q=tea&amp;hl=en', 'www.example.org/find?q=tea&amp;hl=en')}</p>\n<p>${link('http://www.example.org/find?q=tea', 'www.example.org/find?q=tea')}&amp;hl;</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: '< ends it',
    markdown: 'www.example.org/te<a\n',
    html: `<p>${link('http://www.example.org/te', 'www.example.org/te')}&lt;a</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: 'http, https and ftp',
    markdown:
      'http://example.org\n\n(Read https://tea.example.org/find?q=Tea+(green))\n\nThe files are at ftp://tea.cup.pot.\n',
    html: `<p>${link('http://example.org')}</p>\n<p>(Read ${link('https://tea.example.org/find?q=Tea+(green)')})</p>\n<p>The files are at ${link('ftp://tea.cup.pot')}.</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: 'an e-mail address',
    markdown: 'tea@cup.pot\n',
    html: `<p>${link('mailto:tea@cup.pot', 'tea@cup.pot')}</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: '+ before the @ only',
    markdown: "green@tea+cup.example isn't one, but green+cup@tea.example is.\n",
    html: `<p>green@tea+cup.example isn't one, but ${link('mailto:green+cup@tea.example', 'green+cup@tea.example')} is.</p>\n`,
  },
  {
    section: 'Autolinks',
    rule: 'of . - and _ only the period may follow an address',
    markdown: 't.e-a_x@c.d\n\nt.e-a_x@c.d.\n\nt.e-a_x@c.d-\n\nt.e-a_x@c.d_\n',
    html: `<p>${link('mailto:t.e-a_x@c.d', 't.e-a_x@c.d')}</p>\n<p>${link('mailto:t.e-a_x@c.d', 't.e-a_x@c.d')}.</p>\n<p>t.e-a_x@c.d-</p>\n<p>t.e-a_x@c.d_</p>\n`,
  },
  {
    section: 'Disallowed Raw HTML',
    rule: 'not filtered, a documented difference: the page is sandboxed',
    markdown: '<b> <title> <style> <i>\n\n<blockquote>\n  <xmp> is allowed.  <XMP> is also allowed.\n</blockquote>\n',
    html: '<p><b> <title> <style> <i></p>\n<blockquote>\n  <xmp> is allowed.  <XMP> is also allowed.\n</blockquote>\n',
  },
]
