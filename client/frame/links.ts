import type { FromFrame } from '../../shared/frame.ts'
import { listen, listenTo, page, plain } from './natives.ts'

type Say = (message: FromFrame, transfer?: Transferable[]) => void

/**
 * Links, forms and files: what a page at a real address leaves to the browser, and a page in the sandbox cannot. All of
 * it happens after the page's own handlers, and not at all where they prevented it.
 */
export function watchClicks(say: Say): void {
  const followed = (event: Event) => {
    // The window is the last to hear of it, unless a handler on the way stopped it.
    if (event.currentTarget === window || event.cancelBubble) follow(event, say)
  }
  listen(
    'click',
    event => {
      for (const node of event.composedPath()) listenTo(node, 'click', followed, true)
    },
    true,
  )
  listen('submit', event => {
    // The sandbox lets handlers run, and CSP bars where it would go; prevented here, no error takes the page's place.
    const { target, submitter } = event
    const method =
      submitter?.getAttribute('formmethod') ?? (target instanceof Element && plain(target).getAttribute('method'))
    if (method !== 'dialog') event.preventDefault()
  })
  watchDetached(event => follow(event, say))
  window.open = url => {
    const target = url && parse(String(url))
    if (target) outside(target, say)
    return null
  }
}

/** A link that is in no document tells no window of its click: the way most scripts save a file. */
function watchDetached(followed: (event: Event) => void): void {
  const { prototype } = HTMLAnchorElement
  const { click, dispatchEvent } = prototype
  const watch = (link: HTMLAnchorElement) => {
    if (!link.isConnected) link.addEventListener('click', followed, { once: true })
  }
  prototype.click = function () {
    watch(this)
    click.call(this)
  }
  prototype.dispatchEvent = function (event) {
    if (event.type === 'click') watch(this)
    return dispatchEvent.call(this, event)
  }
}

function follow(event: Event, say: Say): void {
  const link = event.composedPath().find(isLink)
  const target = link && parse(addressOf(link))
  if (event.defaultPrevented || !target || target.protocol === 'javascript:') return
  event.preventDefault()
  if (target.protocol === 'blob:' || target.protocol === 'data:') void save(target, link.getAttribute('download'), say)
  // As a replacement: else the history grows with every click, and Back no longer leaves the page.
  else if (isHere(target)) location.replace(target.hash || '#')
  else outside(target, say)
}

const isLink = (node: EventTarget): node is Element =>
  node instanceof Element && plain(node).matches('a,area') && addressOf(node) !== null

/** In a drawing the older `xlink:href` counts as well. */
const addressOf = (link: Element): string | null =>
  link.getAttribute('href') ?? link.getAttributeNS('http://www.w3.org/1999/xlink', 'href')

function parse(address: string | null): URL | undefined {
  try {
    return new URL(address ?? '', page.baseURI)
  } catch {
    return undefined
  }
}

const isHere = (target: URL): boolean => target.href.split('#')[0] === location.href.split('#')[0]

/** Of a relative link nothing is left: what it leads to was not published. */
function outside(target: URL, say: Say): void {
  if (target.origin !== location.origin && /^(https?|mailto):$/.test(target.protocol))
    say({ type: 'link', url: target.href })
}

/** Read at once, since pages take a blob's address back right after the click. */
async function save(target: URL, name: string | null, say: Say): Promise<void> {
  const response = await fetch(target)
  const bytes = await response.arrayBuffer()
  const type = response.headers.get('content-type') ?? ''
  say({ type: 'save', file: { name: name || 'file', type, bytes } }, [bytes])
}
