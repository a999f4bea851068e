import { type Finding, leavesPage, shown } from './finding.ts'

interface Rule {
  rule: string
  /** Group 1: the address, where there is one. Every repetition is bounded: scripts can be hostile. */
  pattern: RegExp
  message: (url: string) => string
}

const open = String.raw`\s{0,20}\(\s{0,20}["'\`]([^"'\`\s]{1,1000})`
const request = (url: string) =>
  `The request to "${shown(url)}" will be blocked. Put the data into the page and publish a new version when it changes.`

/** With an address: each is named. Best effort, on literals only. */
const addressed: readonly Rule[] = [
  { rule: 'request', pattern: new RegExp(String.raw`\b(?:fetch|sendBeacon)${open}`, 'g'), message: request },
  {
    rule: 'request',
    pattern: new RegExp(String.raw`\bnew\s{1,20}(?:WebSocket|EventSource|WebTransport)${open}`, 'g'),
    message: request,
  },
  {
    rule: 'request',
    pattern: /\.open\(\s{0,20}["'](?:GET|POST|PUT|HEAD|DELETE|PATCH)["']\s{0,20},\s{0,20}["'`]([^"'`\s]{1,1000})/gi,
    message: request,
  },
  {
    rule: 'import',
    pattern:
      /\b(?:import|export)(?:\s{1,20}[\w$*{}, \t\r\n]{1,200}?\s{1,20}from|\s{0,20}\(|)\s{0,20}["'`]((?:https?:)?\/\/[^"'`\s]{1,1000}|\.{0,2}\/[^"'`\s]{1,1000})["'`]/g,
    message: url => `The module "${shown(url)}" will not load. Bundle it into the page's own script.`,
  },
  {
    rule: 'worker',
    pattern: new RegExp(String.raw`\b(?:new\s{1,20}(?:Shared)?Worker|importScripts)${open}`, 'g'),
    message: url =>
      `The worker script "${shown(url)}" will not load. Make the worker from a blob: URL of code in the page.`,
  },
]

/** Without: said once for each script, where it is first. */
const behaviours: readonly Rule[] = [
  {
    rule: 'storage',
    pattern: /\b(?:localStorage|sessionStorage|indexedDB)\s{0,20}[.[]/,
    message: () =>
      'Browser storage is not kept: what the page stores is gone when it is closed or updated. Keep what must last in the page itself.',
  },
  {
    rule: 'dialog',
    pattern: /(?<![\w$.])(?:window\.)?(?:alert|confirm|prompt)\(/,
    message: () =>
      'alert, confirm and prompt do nothing here. Show the message or the question in the page, for instance in a <dialog>.',
  },
  {
    rule: 'popup',
    pattern: /\bwindow\.open\(/,
    message: () => 'window.open is blocked. Use an ordinary link: the viewer offers to open it.',
  },
]

export function* lintScript(script: string): Generator<Finding> {
  const found: Finding[] = []
  for (const { rule, pattern, message } of addressed) {
    for (const { 1: url = '', index } of script.matchAll(pattern)) {
      if (leavesPage(url)) found.push({ at: index, rule, message: message(url) })
    }
  }
  for (const { rule, pattern, message } of behaviours) {
    const at = script.search(pattern)
    if (at >= 0) found.push({ at, rule, message: message('') })
  }
  yield* found.sort((a, b) => a.at - b.at)
}
