import { listen, page } from './natives.ts'

/**
 * Until the viewer sees it, a page may not take focus from the page that is seen, nor start to play. What it wanted is
 * kept until then. (Dialogs, pop-ups and printing are denied to it throughout, by the sandbox.)
 */
let held = false
let focused: HTMLElement | undefined
let caret: (() => void) | undefined
let decided = false
const players = new Set<HTMLMediaElement>()
let freed = (): void => {}
let freedom: Promise<void> = Promise.resolve()

const { focus } = HTMLElement.prototype
const { play } = HTMLMediaElement.prototype

export function holdBack(): void {
  held = true
  freedom = new Promise(resolve => {
    freed = resolve
  })
  HTMLElement.prototype.focus = function (options) {
    if (!held) focus.call(this, options)
    else if (!decided) focused = this
  }
  window.focus = () => {}
  HTMLMediaElement.prototype.play = function () {
    if (!held) return play.call(this)
    players.add(this)
    return freedom.then(() => (players.has(this) ? play.call(this) : undefined))
  }
  listen('play', holdPlayer, true)
}

/** Media with `autoplay`, which never called `play`. */
function holdPlayer({ target }: Event): void {
  if (!held || !(target instanceof HTMLMediaElement)) return
  target.pause()
  players.add(target)
}

/** What the viewer did in the version before wins over what the page wants at its start: no element, where none had focus. */
export function focusLater(element?: HTMLElement, thenCaret?: () => void): void {
  focused = element
  caret = thenCaret
  decided = true
}

export function playLater(element: HTMLMediaElement, playing: boolean): void {
  if (playing) players.add(element)
  else players.delete(element)
}

/** @param mayFocus the viewer's focus is in this frame. */
export function release(mayFocus: boolean): void {
  held = false
  removeEventListener('play', holdPlayer, true)
  freed()
  for (const player of players) void play.call(player).catch(() => {})
  players.clear()
  const element = decided ? focused : (focused ?? page.querySelector<HTMLElement>('[autofocus]'))
  if (!mayFocus || !element) return
  const take = () => {
    focus.call(element, { preventScroll: true })
    caret?.()
  }
  // What is focused before the browser has given this frame the focus loses it again when it does.
  if (page.hasFocus()) take()
  else listen('focus', take, { once: true })
}
