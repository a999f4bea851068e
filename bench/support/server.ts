import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { startTestApp } from '../../test/app.ts'

/** A server in a process of its own, so that what is measured in it is its own doing. */
export interface BenchServer {
  url: string
  token: string
  signInLink(): Promise<string>
  /** Event-loop delay since this was last asked, in milliseconds over what an idle loop shows. */
  loopDelay(): Promise<LoopDelay>
  close(): Promise<void>
}

export interface LoopDelay {
  p50: number
  p99: number
  max: number
}

type Question = 'signInLink' | 'loopDelay' | 'close'

export async function startBenchServer(): Promise<BenchServer> {
  const child = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: process.execArgv })
  const [{ url, token }] = (await once(child, 'message')) as [{ url: string; token: string }]
  return {
    url,
    token,
    signInLink: () => ask(child, 'signInLink'),
    loopDelay: () => ask(child, 'loopDelay'),
    async close() {
      await ask(child, 'close')
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

async function ask<T>(child: ChildProcess, question: Question): Promise<T> {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer as T
}

/** The histogram holds whole intervals between two timers: what is over the resolution is delay. */
const resolution = 1

async function serve(send: (message: unknown) => void): Promise<void> {
  const app = await startTestApp()
  const histogram = monitorEventLoopDelay({ resolution })
  histogram.enable()
  const answers: Record<Question, () => unknown> = {
    signInLink: () => app.signInLink(app.owner.member),
    loopDelay: () => {
      const ms = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution)
      const delay: LoopDelay = {
        p50: ms(histogram.percentile(50)),
        p99: ms(histogram.percentile(99)),
        max: ms(histogram.max),
      }
      histogram.reset()
      return delay
    },
    close: () => app.close(),
  }
  process.on('message', async (question: Question) => send((await answers[question]()) ?? null))
  send({ url: app.url, token: app.owner.token })
}

if (process.argv[2] === 'serve' && process.send) await serve(message => process.send?.(message))
