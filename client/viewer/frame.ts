import type { Answer, FromFrame, Milestone, ToFrame } from '../../shared/frame.ts'
import { bootMessage, milestones as milestoneNames, readFrameMessage } from '../../shared/frame.ts'
import { limits } from '../../shared/limits.ts'

/** One sandboxed document, good for one version of the page. It shows nothing until it is handed one. */
export interface Frame {
  readonly element: HTMLIFrameElement
  send(message: ToFrame, transfer?: Transferable[]): void
  /** Each milestone is passed once at most. False after so many ms, and when the frame is closed. */
  reach(milestone: Reachable, ms: number): Promise<boolean>
  /** Undefined when there is no answer within so many ms; at once when there can be none any more. */
  ask(about: 'start' | 'state', ms: number): Promise<Answer | undefined>
  close(): void
}

export type FrameEvent = Exclude<FromFrame, Answer | { type: Milestone }> | { type: 'flood' }

/** @param hear everything but milestones and answers. After `flood` (the page said too much) and `leaving` there is nothing more to hear. */
export function openFrame(container: HTMLElement, url: string, hear: (event: FrameEvent) => void): Frame {
  const element = document.createElement('iframe')
  const { port1: port, port2: itsPort } = new MessageChannel()
  const reached = milestones()
  const answers = answersOver(port)
  const withinRate = meter(limits.frameMessagesPerSecond)

  const silence = () => {
    removeEventListener('message', greet)
    port.close()
    reached.end()
    answers.end()
  }
  const heed = (take: () => void) => {
    if (withinRate()) return take()
    silence()
    hear({ type: 'flood' })
  }
  const leave = (start: string) => {
    silence()
    hear({ type: 'leaving', start })
  }
  const greet = ({ source, data }: MessageEvent<unknown>) => {
    if (source === null || source !== element.contentWindow) return
    heed(() => {
      if (data !== bootMessage || reached.has('booted')) return
      // Its origin is opaque, so there is none to name; `source` was compared instead.
      element.contentWindow?.postMessage(null, '*', [itsPort])
      reached.pass('booted')
    })
  }
  const receive = (message: FromFrame | undefined) => {
    if (message === undefined) return
    if (message.type === 'answer') answers.take(message)
    else if (message.type === 'leaving') leave(message.start)
    else if (isMilestone(message)) reached.pass(message.type)
    else hear(message)
  }
  addEventListener('message', greet)
  port.onmessage = ({ data }: MessageEvent<unknown>) => heed(() => receive(readFrameMessage(data)))
  element.addEventListener('load', async () => {
    // Before it is ready it loads twice by itself: the bare document, and the page written into it.
    if (reached.has('ready') && !(await answers.ask('start', limits.pingTimeout))) leave('')
  })
  place(element, container, url)

  return {
    element,
    send: (message, transfer = []) => port.postMessage(message, transfer),
    reach: reached.within,
    ask: answers.ask,
    close() {
      silence()
      element.remove()
    },
  }
}

const isMilestone = (message: FromFrame): message is { type: Milestone } =>
  (milestoneNames as readonly string[]).includes(message.type)

/**
 * Full size, over the one before, inert and all but transparent. Any other way to hide it halts its animation frames in
 * one engine or another; hidden behind another frame, or with an opacity of 0, Chromium gives it one a second once it
 * has drawn a few for nothing.
 */
function place(element: HTMLIFrameElement, container: HTMLElement, url: string): void {
  element.setAttribute('sandbox', 'allow-scripts allow-forms')
  element.allow = 'clipboard-write'
  element.title = 'Published page'
  element.inert = true
  element.dataset.state = 'spare'
  Object.assign(element.style, {
    position: 'absolute',
    inset: '0',
    width: '100%',
    height: '100%',
    border: '0',
    opacity: '0.001',
    pointerEvents: 'none',
  })
  element.src = url
  container.append(element)
}

/** The one before stays beneath. */
export function reveal({ element }: Frame): void {
  element.inert = false
  element.dataset.state = 'shown'
  Object.assign(element.style, { opacity: '1', pointerEvents: 'auto' })
}

/** Once it has been painted: from now on nothing beneath shows through, see-through as the page may be. */
export function coverUp({ element }: Frame): void {
  element.style.background = 'Canvas'
}

/** What the browser puts in the place of a page that has left is no page, and may be an error of its own. It keeps the focus. */
export function conceal({ element }: Frame): void {
  element.style.opacity = '0'
}

type Reachable = 'booted' | Milestone

function milestones() {
  const passed = new Set<Reachable>()
  const waiting = new Set<() => void>()
  let ended = false
  const wake = () => {
    for (const look of waiting) look()
  }
  return {
    has: (milestone: Reachable) => passed.has(milestone),
    pass(milestone: Reachable) {
      passed.add(milestone)
      wake()
    },
    end() {
      ended = true
      wake()
    },
    within: (milestone: Reachable, ms: number) =>
      new Promise<boolean>(resolve => {
        const done = (is: boolean) => {
          clearTimeout(timer)
          waiting.delete(look)
          resolve(is)
        }
        const look = () => {
          if (passed.has(milestone)) done(true)
          else if (ended) done(false)
        }
        const timer = setTimeout(() => done(false), ms)
        waiting.add(look)
        look()
      }),
  }
}

function answersOver(port: MessagePort) {
  const open = new Map<number, (answer?: Answer) => void>()
  let ended = false
  let lastId = 0
  return {
    take: (answer: Answer) => open.get(answer.id)?.(answer),
    end() {
      ended = true
      for (const settle of open.values()) settle()
    },
    ask: (about: 'start' | 'state', ms: number) =>
      new Promise<Answer | undefined>(resolve => {
        if (ended) return resolve(undefined)
        const id = ++lastId
        const settle = (answer?: Answer) => {
          open.delete(id)
          clearTimeout(timer)
          resolve(answer)
        }
        const timer = setTimeout(settle, ms)
        open.set(id, settle)
        port.postMessage({ type: 'ask', id, about } satisfies ToFrame)
      }),
  }
}

/** @returns whether one more is within the cap for this second. */
function meter(perSecond: number): () => boolean {
  let since = Number.NEGATIVE_INFINITY
  let count = 0
  return () => {
    const now = performance.now()
    if (now - since >= 1000) {
      since = now
      count = 0
    }
    return ++count <= perSecond
  }
}
