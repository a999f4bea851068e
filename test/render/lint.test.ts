import { expect } from 'chai'
import { lint } from '../../server/render/lint.ts'
import { renderMarkdown } from '../../server/render/markdown.ts'
import { limits } from '../../shared/limits.ts'

const rules = (html: string): string[] => lint(html).warnings.map(({ line, rule }) => `${line} ${rule}`)

describe('the lint', () => {
  const blocked: [string, string][] = [
    ['<script src="https://cdn.example/x.js"></script>', 'script'],
    ['<script src=app.js></script>', 'script'],
    ['<link rel="stylesheet" href="//cdn.example/x.css">', 'stylesheet'],
    ['<link rel=stylesheet href="style.css">', 'stylesheet'],
    ['<img src="https://cdn.example/x.png">', 'image'],
    ['<IMG SRC=logo.png>', 'image'],
    ['<img srcset="data:image/png;base64,AA== 1x, big.png 2x">', 'image'],
    ['<video poster="x.jpg"></video>', 'image'],
    ['<video src="x.mp4"></video>', 'media'],
    ['<audio><source src="https://a.example/x.ogg"></audio>', 'media'],
    ['<video><track src="x.vtt"></video>', 'media'],
    ['<iframe src="https://a.example"></iframe>', 'frame'],
    ['<iframe src="data:text/html,x"></iframe>', 'frame'],
    ['<object data="x.pdf"></object>', 'embed'],
    ['<embed src="data:application/pdf;base64,AA==">', 'embed'],
    ['<form action="/send"><button>x</button></form>', 'form'],
    ['<button formaction="https://a.example">x</button>', 'form'],
    ['<base href="https://a.example/">', 'base'],
    ['<link rel="manifest" href="m.json">', 'manifest'],
    ['<link rel="preload" as="font" href="https://a.example/f.woff2">', 'preload'],
    ['<link rel="preconnect" href="https://a.example">', 'preload'],
    ['<link rel="icon" href="favicon.ico">', 'image'],
    ['<meta http-equiv="Refresh" content="5">', 'refresh'],
    ['<a href="#x" ping="https://a.example">x</a>', 'ping'],
    ['<a href="other.html">x</a>', 'relative-link'],
    ['<svg><image href="x.png"/></svg>', 'image'],
    ['<svg><use xlink:href="icons.svg#a"/></svg>', 'image'],
    ['<p style="background: url(x.png)">', 'css-url'],
    ['<style>@font-face { src: url("https://a.example/f.woff2") }</style>', 'css-url'],
    ['<style>@import "x.css";</style>', 'css-import'],
    ['<style>@import url(https://a.example/x.css);</style>', 'css-import'],
    ['<script>fetch("/api/x")</script>', 'request'],
    ["<script>new WebSocket('wss://a.example')</script>", 'request'],
    ['<script>new EventSource(`https://a.example`)</script>', 'request'],
    ['<script>navigator.sendBeacon("https://a.example", x)</script>', 'request'],
    ['<script>xhr.open("GET", "https://a.example")</script>', 'request'],
    ['<script type="module">import { a } from "https://esm.example/a"</script>', 'import'],
    ['<script type="module">import "./a.js"</script>', 'import'],
    ['<script>await import("https://esm.example/a")</script>', 'import'],
    ['<script>new Worker("worker.js")</script>', 'worker'],
    ['<script>localStorage.setItem("a", 1)</script>', 'storage'],
    ['<button onclick="alert(1)">x</button>', 'dialog'],
    ['<script>if (window.confirm("Sure?")) go()</script>', 'dialog'],
    ['<script>window.open("https://a.example")</script>', 'popup'],
  ]
  for (const [html, rule] of blocked) {
    it(`names ${html}`, () => {
      expect(rules(`<p>\n${html}`)).to.deep.equal([`2 ${rule}`])
    })
  }

  const fine = [
    '<a href="https://example.com" target="_blank">x</a>',
    '<a href="mailto:a@example.com">x</a><a href="#x">x</a><a href="">x</a><a name=x>x</a>',
    '<img src="data:image/png;base64,AA=="><img src="blob:null/1"><img srcset="data:image/png;base64,AA== 1x">',
    '<img alt="src=https://a.example">',
    '<script src="data:text/javascript,1"></script><video src="data:video/mp4;base64,AA=="></video>',
    '<svg><use href="#a"/></svg><iframe srcdoc="<p>x"></iframe><iframe src="about:blank"></iframe>',
    '<form><button>x</button></form><form action=""></form><form action="#"></form>',
    '<link rel="canonical" href="https://a.example"><link rel="icon" href="data:,">',
    '<link rel="stylesheet" href="data:text/css,a{}"><style>@import "data:text/css,a{}";</style>',
    '<style>a { background: url(data:image/png;base64,AA==); fill: url(#g); mask: url("#m") } /* url(x.png) */</style>',
    '<!-- <img src="x.png"> --><textarea><img src="x.png"></textarea><title><img src=x></title>',
    '<script>const html = "<img src=x.png>"</script>',
    '<script type="application/json">{"a": "fetch(\\"/x\\")"}</script>',
    '<script type="importmap">{"imports": {"a": "data:text/javascript,1"}}</script>',
    '<script>fetch("data:application/json,1"); fetch(url); myalert(1); form.prompt(); import("data:text/javascript,1")</script>',
    '<meta http-equiv="content-type" content="text/html">',
    '<p>fetch("https://a.example") and alert(1)</p>',
  ]
  for (const html of fine) {
    it(`has nothing against ${html}`, () => {
      expect(lint(html).warnings).to.deep.equal([])
    })
  }

  it('takes the names of what every object has for what they are', () => {
    for (const name of ['constructor', 'a', 'img']) {
      for (const attribute of ['__proto__', 'constructor', 'create', 'keys', 'defineproperty']) {
        expect(lint(`<${name} ${attribute}="x">`).warnings).to.deep.equal([])
      }
    }
  })

  it('gives the line of the attribute, the rule and the string in question', () => {
    expect(
      rules('<p>\r\n<img\r\n  alt="x"\r\n  src="x.png">\r\n<style>\r\na { b: url(y.png) }\r\n</style>'),
    ).to.deep.equal(['4 image', '6 css-url'])
    expect(lint('<img src="x.png">').warnings[0]?.message).to.contain('"x.png"').and.contain('data: URI')
    expect(lint(`<img src="https://a.example/${'x'.repeat(5_000)}">`).warnings[0]?.message.length).to.be.below(250)
  })

  it('names so many, and counts the rest', () => {
    const { warnings, moreWarnings } = lint('<img src="x.png">\n'.repeat(limits.warnings + 7))
    expect(warnings.length).to.equal(limits.warnings)
    expect(moreWarnings).to.equal(7)
  })

  it('finds what Markdown brings in, on the lines of its source', () => {
    const source = [
      '---',
      'title: x',
      '---',
      'Text ![logo](logo.png)',
      'and `<img src=code.png>` and [a link](https://a.example)',
      'and <img src="inline.png">.',
      '',
      '- a list',
      '',
      '  <script>',
      '  fetch("/x")',
      '  </script>',
      '',
      '```html',
      '<img src="fenced.png">',
      '```',
    ].join('\n')
    expect(rules(renderMarkdown(source).markup)).to.deep.equal(['4 image', '6 image', '11 request'])
  })

  it('names the links of Markdown that lead nowhere, on the lines of its source', () => {
    const source = [
      'A [good](https://a.example), [near](#x), <b@c.example> and www.a.example one.',
      'Two `lines',
      'of code` and [a](../b.md) and',
      '[b][ref]. A note[^1].',
      '',
      '[^1]: Noted ![c](c.png)',
      '',
      '> [!NOTE]',
      '> see [d](d.md "title',
      '> goes on") and <b',
      '> title="x">[e](<e e.md>)</b>',
      '',
      '| a | b |',
      '| - | - |',
      '| 1 | [f](f.md) |',
      '',
      '[ref]: b.md?x=1&y="2"',
      '',
      'Setext [g](g.md)',
      '----------------',
      '',
      'text',
      '- # Heading [h](h.md)',
    ].join('\n')
    const { warnings } = lint(renderMarkdown(source).markup)
    expect(warnings.map(({ line, message }) => `${line} ${/"(.*?)" (?:leads|will)/.exec(message)?.[1]}`)).to.deep.equal(
      ['3 ../b.md', '4 b.md?x=1&y=%222%22', '6 c.png', '9 d.md', '11 e%20e.md', '15 f.md', '19 g.md', '23 h.md'],
    )
  })

  it('takes hostile pages without end to its stack or its patience', () => {
    const n = 200_000
    const hostile = [
      '<div>'.repeat(n),
      '<a b="'.repeat(n),
      '<script>'.repeat(n),
      '<!--'.repeat(n),
      '<'.repeat(n),
      `<a ${'x=1 '.repeat(n)}`,
      `<style>${'/*'.repeat(n)}`,
      `<style>${'url('.repeat(n)}`,
      `<style>${`@import ${' '.repeat(19)}`.repeat(n / 20)}`,
      `<script>${'import '.repeat(n)}`,
      `<script>${'fetch("'.repeat(n)}`,
      `<img srcset="${'data:x 1x, '.repeat(n)}">`,
      '<img src=a.png>'.repeat(n),
    ]
    for (const html of hostile) expect(lint(html).warnings.length).to.be.at.most(limits.warnings)
  })
})
