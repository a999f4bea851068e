import type { FromFrame, ToFrame } from '../../shared/frame.ts'
import { bootMessage } from '../../shared/frame.ts'
import { frameLimits } from '../../shared/limits.ts'
import { isBusy, watchActivity } from './activity.ts'
import { holdBack, release } from './hold.ts'
import { watchClicks } from './links.ts'
import { dressOpaque, dressStill, undress } from './sheets.ts'
import { hashOf, lendStorage, startText, tameHistory } from './start.ts'
import { capture, noteInitial, restore, watchState } from './state.ts'

/**
 * The only script that the content origin serves. It is handed a page over a port and becomes it: `document.open` in a
 * fresh document keeps the window and the CSP of the response, so `#section` links, `:target`, DOMContentLoaded and inline modules
 * behave as at a real address. Everything here is a convenience for the page, never a wall: the page can undo it all.
 */
function serve(port: MessagePort): void {
  const say = (message: FromFrame, transfer: Transferable[] = []) => port.postMessage(message, transfer)
  port.onmessage = ({ data }: MessageEvent<ToFrame>) => {
    switch (data.type) {
      case 'page':
        return become(data.bytes, data.start, say)
      case 'ask':
        return say({
          type: 'answer',
          id: data.id,
          busy: isBusy(),
          text: data.about === 'state' ? capture() : startText(),
        })
      case 'restore':
        try {
          restore(data.state)
        } finally {
          // Whatever the page makes of it, the version is shown.
          dressOpaque()
          painted(() => say({ type: 'ready' }))
        }
        return
      case 'shown':
        watchHeight(say)
        return painted(() => say({ type: 'painted' }))
      case 'settle':
        try {
          restore(data.state)
        } finally {
          undress()
          release(data.focus)
        }
    }
  }
}

type Say = (message: FromFrame, transfer?: Transferable[]) => void

function become(bytes: ArrayBuffer, start: string, say: Say): void {
  const html = new TextDecoder().decode(bytes)
  lendStorage(start)
  tameHistory()
  // Scripts may read the hash as they start. Set as a replacement, it adds nothing to the history.
  if (hashOf(start)) location.replace(hashOf(start))
  document.open()
  // Only now: `open` takes every listener off the window and the document.
  dressStill()
  holdBack()
  watchState()
  watchActivity()
  watchClicks(say)
  addEventListener('pagehide', () => say({ type: 'leaving', start: startText() }))
  whenLoaded(() => {
    // The element was not there yet when the hash was set.
    if (location.hash) location.replace(location.hash)
    noteInitial()
    say({ type: 'loaded' })
  })
  document.write(html)
  document.close()
}

/** Once: at `load`, or when what comes after the parsing takes long. */
function whenLoaded(then: () => void): void {
  const loaded = once(then)
  addEventListener('load', loaded)
  document.addEventListener('DOMContentLoaded', () => setTimeout(loaded, frameLimits.frameLoad))
}

/** After two animation frames what was changed is on the screen. A hidden tab has none, and nobody looks at it. */
function painted(then: () => void): void {
  const seen = once(then)
  document.addEventListener('visibilitychange', seen, { once: true })
  if (document.hidden) seen()
  else requestAnimationFrame(() => requestAnimationFrame(seen))
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
    const px = document.documentElement.scrollHeight
    if (px !== last) say({ type: 'height', px })
    last = px
  }
  const observer = new ResizeObserver(() => {
    if (!waiting) setTimeout(tell, frameLimits.frameHeightEvery)
    waiting = true
  })
  observer.observe(document.documentElement)
  if (document.body) observer.observe(document.body)
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
