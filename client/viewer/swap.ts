import type { Answer, SavedFile } from '../../shared/frame.ts'
import { startAt } from '../../shared/frame.ts'
import { frameLimits, limits } from '../../shared/limits.ts'
import type { Frame, FrameEvent } from './frame.ts'
import { conceal, coverUp, openFrame, reveal } from './frame.ts'

export interface Page {
  sha256: string
  bytes: Uint8Array<ArrayBuffer>
}

/** Why a version is not on the screen, or no longer heard. */
export type FrameFault =
  /** The content origin gave no frame. */
  | 'unreachable'
  /** The page did not become ready in time, twice. */
  | 'not_ready'

export interface FrameHostOptions {
  /** Its frames fill it: it must be positioned. */
  container: HTMLElement
  contentOrigins: readonly string[]
  frameVersion: string
  /** Where the first page opens: `#section`, or empty. */
  hash: string
  on: {
    /** The viewer sees this version now, `ms` after it was handed in. */
    shown(sha256: string, info: { first: boolean; ms: number }): void
    /** The version before, if any, stays. */
    failed(sha256: string, fault: FrameFault): void
    /** A new version waits until the viewer has finished what they are doing, or for `takeNow`. */
    pending(isPending: boolean): void
    link(url: string): void
    save(file: SavedFile): void
    height(px: number): void
    /** The page said too much too fast: from now on nothing it says is heard. */
    flood(): void
  }
}

export interface FrameHost {
  show(page: Page): void
  takeNow(): void
  focus(): void
  close(): void
}

interface Shown {
  frame: Frame
  page: Page
  /** What its scripts could read at their start, for when it has to be built again. */
  start: string
  since: number
}

interface Wanted {
  page: Page
  since: number
  /** The page that left, to be built again; pointless once another is shown. */
  inPlaceOf?: Shown
}

/** The live moment: a new version replaces the old one in front of a viewer, with no blank frame and nothing lost. */
export const createFrameHost = (options: FrameHostOptions): FrameHost => new Host(options)

class Host implements FrameHost {
  readonly #options: FrameHostOptions
  #shown: Shown | undefined
  /** Booted ahead of need: a cold boot takes longer than all the rest of a swap. */
  #spare: Frame
  /** One swap at a time; of what arrives meanwhile only the newest is kept. */
  #queued: Wanted | undefined
  #swapping = false
  #hurry = false
  /** How long a page has to stay to be built again at once. */
  #pause = 0
  #closed = false

  constructor(options: FrameHostOptions) {
    this.#options = options
    this.#spare = this.#boot()
  }

  show(page: Page): void {
    this.#want({ page, since: performance.now() })
  }

  takeNow(): void {
    this.#hurry = true
  }

  focus(): void {
    this.#shown?.frame.element.focus()
  }

  close(): void {
    this.#closed = true
    this.#spare.close()
    this.#shown?.frame.close()
  }

  #want(wanted: Wanted): void {
    this.#queued = wanted
    if (!this.#swapping) void this.#work()
  }

  async #work(): Promise<void> {
    this.#swapping = true
    while (this.#queued && !this.#closed) {
      // What nobody sees is not worth a swap for each version.
      if (this.#shown) await untilVisible()
      await this.#swap()
    }
    this.#swapping = false
  }

  async #swap(): Promise<void> {
    const began = performance.now()
    this.#hurry = false
    const old = this.#shown
    const answer = old && (await this.#untilFree(old.frame, began))
    const wanted = this.#queued
    this.#queued = undefined
    if (!wanted || this.#closed || (wanted.inPlaceOf && wanted.inPlaceOf !== old)) return
    const { hash } = this.#options
    let start = answer?.text || old?.start || startAt(hash)
    let frame = await this.#prepare(wanted.page, start, old?.frame, began)
    if (typeof frame === 'string') {
      // Once more, in a new frame: a crashed or starved process is not the page's fault. Nor is what it is handed from
      // the page before, which may be what it fails of.
      start = startAt(hash)
      frame = await this.#prepare(wanted.page, start, undefined, began)
    }
    if (this.#closed) return
    if (typeof frame === 'string') return this.#options.on.failed(wanted.page.sha256, frame)
    const next = { frame, page: wanted.page, start, since: performance.now() }
    await this.#exchange(old, next, wanted.since)
    if (!this.#closed) this.#spare = this.#boot()
  }

  /** On the origin that the shown frame is not on: frames of one origin share a process, and loading would freeze the shown one. */
  #boot(): Frame {
    const { contentOrigins, frameVersion, container } = this.#options
    const taken = this.#shown && new URL(this.#shown.frame.element.src).origin
    const origin = contentOrigins.find(one => one !== taken) ?? contentOrigins[0]
    const frame: Frame = openFrame(container, `${origin}/frame?v=${frameVersion}`, event => this.#hear(frame, event))
    return frame
  }

  /** Puts the swap off, within limits.swapPutOff, while the viewer is in the middle of something. */
  async #untilFree(old: Frame, began: number): Promise<Answer | undefined> {
    let told = false
    for (let asked = 1; ; asked++) {
      const answer = await old.ask('start', limits.frameAnswer)
      const enough = this.#hurry || this.#closed || performance.now() - began >= limits.swapPutOff
      if (!answer?.busy || enough) {
        if (told) this.#options.on.pending(false)
        return answer
      }
      // A key pressed just now is no reason to say anything.
      if (!told && asked * limits.frameBusyPoll > 2 * frameLimits.frameActivity) {
        told = true
        this.#options.on.pending(true)
      }
      await sleep(limits.frameBusyPoll)
    }
  }

  /** Loads the page in the spare frame, with what the viewer did to the old one. */
  async #prepare(page: Page, start: string, old: Frame | undefined, began: number): Promise<Frame | FrameFault> {
    const frame = this.#spare
    const fail = (fault: FrameFault): FrameFault => {
      frame.close()
      if (!this.#closed) this.#spare = this.#boot()
      return fault
    }
    if (!(await frame.reach('booted', limits.swapReady))) return fail('unreachable')
    // A copy goes: the viewer page keeps the bytes, as the base of the next delta.
    const { buffer } = page.bytes.slice()
    frame.send({ type: 'page', bytes: buffer, start }, [buffer])
    if (!(await frame.reach('loaded', limits.swapReady))) return fail('not_ready')
    if (old) await this.#untilFree(old, began)
    const state = await old?.ask('state', limits.frameState)
    frame.send({ type: 'restore', state: state?.text ?? '' })
    return (await frame.reach('ready', limits.swapReady)) ? frame : fail('not_ready')
  }

  /** Over the old frame, which stays until the new one has certainly been painted. */
  async #exchange(old: Shown | undefined, next: Shown, since: number): Promise<void> {
    const { frame, page } = next
    this.#shown = next
    reveal(frame)
    frame.send({ type: 'shown' })
    await frame.reach('painted', limits.frameAnswer)
    coverUp(frame)
    this.#options.on.shown(page.sha256, { first: !old, ms: performance.now() - since })
    if (old) await sleep(limits.swapHold)
    // What was typed since the state was taken went to the old frame: its last word is taken over too.
    const last = await old?.frame.ask('state', limits.frameState)
    const focus = document.activeElement === (old ? old.frame.element : document.body)
    if (focus) frame.element.focus({ preventScroll: true })
    frame.send({ type: 'settle', state: last?.text ?? '', focus })
    old?.frame.close()
  }

  #hear(frame: Frame, event: FrameEvent): void {
    const { on } = this.#options
    // Only what the viewer sees may ask anything of them.
    if (frame !== this.#shown?.frame) return
    if (event.type === 'link') on.link(event.url)
    else if (event.type === 'save') on.save(event.file)
    else if (event.type === 'height') on.height(event.px)
    else if (event.type === 'flood') on.flood()
    else void this.#rebuild(this.#shown, event.start)
  }

  /**
   * The page navigated itself away, or reloaded itself, as dashboards do every minute. One that does so at its start
   * would go on and on: the pause grows until it stays for longer than that.
   */
  async #rebuild(left: Shown, lastStart: string): Promise<void> {
    left.start = lastStart || left.start
    conceal(left.frame)
    const stayed = performance.now() - left.since
    const pause = this.#pause
    this.#pause = stayed > pause ? limits.rebuildPause : Math.min(pause * 2, limits.rebuildPauseMost)
    if (stayed < pause) await sleep(pause - stayed)
    // What comes meanwhile takes its place.
    if (!this.#queued && !this.#closed) this.#want({ page: left.page, since: performance.now(), inPlaceOf: left })
  }
}

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

async function untilVisible(): Promise<void> {
  if (!document.hidden) return
  await new Promise(resolve => document.addEventListener('visibilitychange', resolve, { once: true }))
}
