import type { FromFrame, ToFrame } from '../../shared/frame.ts'
import { bootMessage } from '../../shared/frame.ts'
import { frameLimits } from '../../shared/limits.ts'
import { isBusy, watchActivity } from './activity.ts'
import { holdBack, release } from './hold.ts'
import { watchClicks } from './links.ts'
import { later, listen, listenTo, page, requestFrame } from './natives.ts'
import { dressOpaque, dressStill, undress } from './sheets.ts'
import { lendStorage, readStart, startText, tameHistory } from './start.ts'
import { attempt, capture, noteInitial, restore, watchState } from './state.ts'

/**
 * The only script that the content origin serves. It is handed a page over a port and becomes it: `document.open` in a
 * fresh document keeps the window and the CSP of the response, so `#section` links, `:target`, DOMContentLoaded and inline modules
 * behave as at a real address. Everything here is a convenience for the page, never a wall: the page can undo it all.
 */
function serve(port: MessagePort): void {
  const post: (message: FromFrame, transfer: Transferable[]) => void = port.postMessage.bind(port)
  const say: Say = (message, transfer = []) => post(message, transfer)
  port.onmessage = ({ data }: MessageEvent<ToFrame>) => {
    switch (data.type) {
      case 'page':
        return become(data.bytes, data.start, say)
      case 'ask':
        return say({
          type: 'answer',
          id: data.id,
          busy: attempt(isBusy) ?? false,
          text: data.about === 'state' ? capture() : startText(),
        })
      case 'restore':
        restore(data.state)
        painted(() => say({ type: 'ready' }))
        return dressOpaque()
      case 'shown':
        painted(() => say({ type: 'painted' }))
        return watchHeight(say)
      case 'settle':
        restore(data.state)
        undress()
        release(data.focus)
    }
  }
}

/**
 * `<meta http-equiv=refresh>`: a live page is not for loading again, which would lose what the viewer did, nor for
 * leading away. What only reads like one, in a script, a text field or a comment, is passed over as the first group.
 */
const refresh =
  /(<(script|style|textarea|title|xmp)\b[\s\S]*?<\/\2|<!--[\s\S]*?-->)|<meta\s[^>]*http-equiv\s*=\s*["']?refresh\b[^>]*>/gi

type Say = (message: FromFrame, transfer?: Transferable[]) => void

function become(bytes: ArrayBuffer, start: string, say: Say): void {
  const html = new TextDecoder().decode(bytes).replace(refresh, '$1')
  const { hash, ...stored } = readStart(start)
  lendStorage(stored)
  tameHistory()
  // Scripts may read the hash as they start. Set as a replacement, it adds nothing to the history.
  if (hash) location.replace(hash)
  page.open()
  // Only now: `open` takes every listener off the window and the document.
  dressStill()
  holdBack()
  watchState()
  watchActivity()
  watchClicks(say)
  listen('pagehide', () => say({ type: 'leaving', start: startText() }))
  const loaded = once(() => {
    try {
      // The element was not there yet when the hash was set.
      if (location.hash) location.replace(location.hash)
      noteInitial()
    } finally {
      say({ type: 'loaded' })
    }
  })
  listen('load', loaded)
  // What comes after the parsing may take long.
  listenTo(document, 'DOMContentLoaded', () => later(loaded, frameLimits.frameLoad))
  page.write(html)
  page.close()
  // The parsing itself may not end: a page can stop it, have it wait for ever, or take the listeners away.
  later(loaded, frameLimits.frameWritten)
}

/** After two animation frames what was changed is on the screen. A hidden tab has none, and nobody looks at it. */
function painted(then: () => void): void {
  const seen = once(then)
  listenTo(document, 'visibilitychange', seen, true)
  if (page.hidden) seen()
  else requestFrame(() => requestFrame(seen))
}

function once(then: () => void): () => void {
  let due = true
  return () => {
    if (due) then()
    due = false
  }
}

/** The viewer's print styles make the frame as high as the page: a sandboxed frame may not print, and is cut to one page when its height is not known. */
function watchHeight(say: Say): void {
  let last = 0
  let waiting = false
  const tell = () => {
    waiting = false
    const px = page.documentElement.scrollHeight
    if (px !== last) say({ type: 'height', px })
    last = px
  }
  const observer = new ResizeObserver(() => {
    if (!waiting) later(tell, frameLimits.frameHeightEvery)
    waiting = true
  })
  observer.observe(page.documentElement)
  if (page.body) observer.observe(page.body)
}

function boot(): void {
  // Opened by itself there is nobody to hand it a page.
  if (parent === self) return
  addEventListener('message', function greet({ source, ports: [port] }) {
    if (source !== parent || !port) return
    removeEventListener('message', greet)
    serve(port)
  })
  parent.postMessage(bootMessage, '*')
}

boot()
