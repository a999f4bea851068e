/** Colours of both schemes; every text colour has a contrast of 4.5:1 or more on each ground it is used on. */
const colours = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --raised: #f5f6f8; --line: #d5d9df; --text: #1c2128; --muted: #57606a; --link: #0757b8;
  --note: #0757b8; --tip: #17703a; --important: #7a3ec8; --warning: #8a5a00; --caution: #b4232c;
  --code-keyword: #b3202c; --code-string: #0a5a2f; --code-number: #0550ae; --code-title: #6f3cc3;
  --code-comment: #59636e; --code-tag: #116329; --code-variable: #8a4600; --mark: #fff3bf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171c; --raised: #1e232a; --line: #3a424d; --text: #e3e7ec; --muted: #a3adb9; --link: #7cb7ff;
    --note: #7cb7ff; --tip: #6fd08c; --important: #c9a2ff; --warning: #e5b454; --caution: #ff9a93;
    --code-keyword: #ff8f88; --code-string: #a5d6a7; --code-number: #8cc2ff; --code-title: #d0b0ff;
    --code-comment: #9aa5b1; --code-tag: #7ee0a0; --code-variable: #ffb86b; --mark: #5c4b00;
  }
}`

/** For a fragment: enough that plain markup reads well, little enough that the author's own style wins. */
export const fragmentStyle = `
:root { color-scheme: light dark; }
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem; font: 1rem/1.6 system-ui, sans-serif; }
img, video, svg, canvas { max-width: 100%; }
pre { overflow-x: auto; }
`

const text = `
*, ::before, ::after { box-sizing: border-box; }
html { background: var(--ground); color: var(--text); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: break-word; }
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
main > :first-child { margin-top: 0; }
main > :last-child { margin-bottom: 0; }
p, ul, ol, dl, blockquote, pre, table, figure, details, .markdown-alert { margin: 0 0 1.1em; }
h1, h2, h3, h4, h5, h6 { margin: 1.9em 0 0.6em; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; text-wrap: balance; }
h1 { font-size: 2.1rem; letter-spacing: -0.02em; margin-top: 1.4em; }
h2 { font-size: 1.5rem; padding-bottom: 0.3em; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.2rem; }
h4, h5, h6 { font-size: 1.0625rem; }
h6 { color: var(--muted); }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.anchor { margin-left: 0.35em; font-weight: 400; color: var(--muted); text-decoration: none; opacity: 0; }
:is(h1, h2, h3, h4, h5, h6):hover .anchor, .anchor:focus-visible { opacity: 1; }
@media (hover: none) { .anchor { display: none; } }
ul, ol { padding-left: 1.6em; }
li + li { margin-top: 0.25em; }
li > ul, li > ol { margin: 0.25em 0 0; }
li::marker { color: var(--muted); }
.contains-task-list { list-style: none; }
.task-list-item input { width: 1em; height: 1em; margin: 0 0.6em 0 -1.6em; vertical-align: -0.12em; }
blockquote { padding: 0.1em 0 0.1em 1.1em; border-left: 3px solid var(--line); color: var(--muted); }
blockquote > :last-child, .markdown-alert > :last-child { margin-bottom: 0; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.2em 0; }
mark { background: var(--mark); color: inherit; padding: 0 0.15em; }
img, video, svg, canvas { max-width: 100%; }
img, video { height: auto; }
summary { cursor: pointer; font-weight: 600; }
details[open] > summary { margin-bottom: 0.6em; }
kbd { font: 0.85em ui-monospace, monospace; padding: 0.1em 0.4em; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; background: var(--raised); }`

/** A wide table or a long line of code scrolls inside itself, so that the page never does sideways. */
const blocks = `
code, pre, samp { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }
:not(pre) > code { padding: 0.15em 0.35em; border-radius: 4px; background: var(--raised); }
.markdown-alert :not(pre) > code, th code { background: var(--ground); }
pre { padding: 0.9em 1.1em; border: 1px solid var(--line); border-radius: 8px; background: var(--raised); overflow-x: auto; line-height: 1.5; tab-size: 4; }
pre code { font-size: inherit; }
div.table { overflow-x: auto; margin: 0 0 1.1em; }
div.table > table { margin: 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.9375em; }
th, td { padding: 0.45em 0.9em; border: 1px solid var(--line); vertical-align: top; text-align: left; }
th { background: var(--raised); font-weight: 600; white-space: nowrap; }
.markdown-alert { padding: 0.7em 1.1em; border-left: 4px solid var(--alert); border-radius: 0 8px 8px 0; background: var(--raised); }
.markdown-alert-title { display: flex; align-items: center; gap: 0.5em; margin-bottom: 0.4em; color: var(--alert); font-weight: 600; }
.markdown-alert-title svg { fill: currentColor; flex: none; }
.markdown-alert-note { --alert: var(--note); } .markdown-alert-tip { --alert: var(--tip); }
.markdown-alert-important { --alert: var(--important); } .markdown-alert-warning { --alert: var(--warning); }
.markdown-alert-caution { --alert: var(--caution); }
.footnote-ref { line-height: 0; font-size: 0.75em; }
.footnote-ref a { text-decoration: none; }
.footnotes { margin-top: 3em; padding-top: 1.2em; border-top: 1px solid var(--line); font-size: 0.9em; color: var(--muted); }
.footnotes li:target, .footnote-ref:has(:target) { background: var(--mark); color: var(--text); }
.hljs-comment, .hljs-quote { color: var(--code-comment); font-style: italic; }
.hljs-keyword, .hljs-doctag, .hljs-deletion, .hljs-template-tag { color: var(--code-keyword); }
.hljs-string, .hljs-regexp, .hljs-addition, .hljs-char, .hljs-subst .hljs-string { color: var(--code-string); }
.hljs-number, .hljs-literal, .hljs-attr, .hljs-attribute, .hljs-meta, .hljs-symbol, .hljs-bullet, .hljs-link { color: var(--code-number); }
.hljs-title, .hljs-section, .hljs-type, .hljs-selector-class, .hljs-selector-id { color: var(--code-title); }
.hljs-tag, .hljs-name, .hljs-selector-tag, .hljs-selector-pseudo { color: var(--code-tag); }
.hljs-built_in, .hljs-variable, .hljs-template-variable, .hljs-params .hljs-variable, .hljs-property { color: var(--code-variable); }
.hljs-subst, .hljs-params { color: inherit; }
.hljs-emphasis { font-style: italic; } .hljs-strong { font-weight: 700; }`

const narrowAndPrint = `
@media (max-width: 40rem) {
  body { font-size: 1rem; }
  main { padding: 1.5rem 1.125rem 3rem; }
  h1 { font-size: 1.7rem; } h2 { font-size: 1.3rem; } h3 { font-size: 1.125rem; }
  pre { padding: 0.8em 0.9em; }
}
@media print {
  :root { color-scheme: light; --ground: #fff; --raised: #f5f6f8; --line: #bbb; --text: #000; --muted: #444; --link: #000;
    --note: #0757b8; --tip: #17703a; --important: #7a3ec8; --warning: #8a5a00; --caution: #b4232c;
    --code-keyword: #b3202c; --code-string: #0a5a2f; --code-number: #0550ae; --code-title: #6f3cc3;
    --code-comment: #59636e; --code-tag: #116329; --code-variable: #8a4600; --mark: #fff3bf; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .anchor, .footnote-backref { display: none; }
  h1, h2, h3, h4, h5, h6 { break-after: avoid; }
  pre, blockquote, tr, img, .markdown-alert { break-inside: avoid; }
  pre { white-space: pre-wrap; }
  div.table { overflow: visible; }
  main a[href^="http"]::after { content: " (" attr(href) ")"; font-size: 0.85em; color: var(--muted); overflow-wrap: anywhere; }
}
`

/** For Markdown: the page's whole look, light and dark, on paper and on a phone. */
export const markdownStyle = colours + text + blocks + narrowAndPrint
