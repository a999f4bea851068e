import { type Finding, leavesPage, shown } from './finding.ts'

interface Rule {
  rule: string
  /**
   * Group 1: the address, where there is one. Scripts can be hostile: wherever a pattern begins, what it repeats next
   * must end before the pattern can begin again, so that no character is scanned more than a few times.
   */
  pattern: RegExp
  message: (url: string) => string
}

const open = String.raw`\s*\(\s*["'\`]([^"'\`\s]+)`
const request = (url: string) =>
  `The request to "${shown(url)}" will be blocked. Put the data into the page and publish a new version when it changes.`

/** With an address: each is named. Best effort, on literals only. */
const addressed: readonly Rule[] = [
  { rule: 'request', pattern: new RegExp(String.raw`\b(?:fetch|sendBeacon)${open}`, 'g'), message: request },
  {
    rule: 'request',
    pattern: new RegExp(String.raw`\bnew\s+(?:WebSocket|EventSource|WebTransport)${open}`, 'g'),
    message: request,
  },
  {
    rule: 'request',
    pattern: /\.open\(\s*["'](?:GET|POST|PUT|HEAD|DELETE|PATCH)["']\s*,\s*["'`]([^"'`\s]+)/gi,
    message: request,
  },
  {
    rule: 'import',
    // The word before what is imported is looked for backwards, and only from before a quote: there its part ends.
    pattern:
      /\b(?:import\s*(?:\(\s*)?|from\s*(?=["'`])(?<=\b(?:import|export)\b[\w$*{},\s]*))["'`]((?:https?:\/\/|\.{0,2}\/)[^"'`\s]+)/g,
    message: url => `The module "${shown(url)}" will not load. Bundle it into the page's own script.`,
  },
  {
    rule: 'worker',
    pattern: new RegExp(String.raw`\b(?:new\s+(?:Shared)?Worker|importScripts)${open}`, 'g'),
    message: url =>
      `The worker script "${shown(url)}" will not load. Make the worker from a blob: URL of code in the page.`,
  },
]

/** Without: said once for each script, where it is first. */
const behaviours: readonly Rule[] = [
  {
    rule: 'storage',
    pattern: /\b(?:localStorage|sessionStorage|indexedDB)\s*[.[]/,
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
