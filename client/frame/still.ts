import { type StillDrawn, type StillPage, stillMessage } from '../../shared/still.ts'

/**
 * Draws published pages without running them: this is the only script that the document's policy lets run, and that
 * policy is the wall. What is taken out of a page here beyond that would be of no use in a still, or (preconnect, in some
 * engines) is all that a page could still set going.
 */
const useless =
  'script, noscript, base, meta[http-equiv], link:not([rel="stylesheet" i][href^="data:" i]), iframe, frame, object, embed'

/** Motion ends where it leads to at once, and what would scroll is cut off. */
const still = new CSSStyleSheet()
still.replaceSync(`
  *, ::before, ::after {
    animation-duration: 0s !important; animation-delay: 0s !important;
    animation-iteration-count: 1 !important; transition: none !important; scroll-behavior: auto !important;
  }
  html { overflow: hidden !important }
`)

function draw({ bytes }: StillPage): StillDrawn {
  // Of a document that is nowhere nothing is loaded yet.
  const page = new DOMParser().parseFromString(new TextDecoder().decode(bytes), 'text/html')
  for (const element of page.querySelectorAll(useless)) element.remove()
  for (const element of page.querySelectorAll('[autofocus]')) element.removeAttribute('autofocus')
  document.documentElement.replaceWith(document.adoptNode(page.documentElement))
  document.adoptedStyleSheets = [still]
  return { drawn: isSomething() }
}

/** Text, or anything else that has an extent. */
function isSomething(): boolean {
  if (document.body?.innerText.trim()) return true
  return [...document.querySelectorAll('img, svg *, video, input, button, progress, meter')].some(element => {
    const { width, height } = element.getBoundingClientRect()
    return width > 1 && height > 1
  })
}

function boot(): void {
  // Opened by itself there is nobody to hand it a page.
  if (parent === self) return
  addEventListener('message', function greet({ source, ports: [port] }) {
    if (source !== parent || !port) return
    removeEventListener('message', greet)
    port.onmessage = ({ data }: MessageEvent<StillPage>) => port.postMessage(draw(data))
  })
  parent.postMessage(stillMessage, '*')
}

boot()
