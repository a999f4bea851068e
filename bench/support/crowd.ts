import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { limits } from '../../shared/limits.ts'
import { join } from '../../test/live/watcher.ts'

/** Whom they come as, and to what. */
export interface Coming {
  url: string
  cookies: readonly string[]
  artifactId: string
}

export interface Crowd {
  /** All come at once. @returns after how many milliseconds each had its answer, and how often one had to try again */
  come(): Promise<{ answered: number[]; retries: number }>
  close(): Promise<void>
}

/** As many viewers as there are cookies, in a process of their own, who come back as viewers do (PROTOCOL C1). */
export async function gatherCrowd(coming: Coming): Promise<Crowd> {
  const child = fork(fileURLToPath(import.meta.url), ['come'], { execArgv: process.execArgv })
  await once(child, 'message')
  return {
    async come() {
      child.send(coming)
      return (await once(child, 'message'))[0] as Awaited<ReturnType<Crowd['come']>>
    },
    async close() {
      child.kill()
      await once(child, 'exit')
    },
  }
}

async function come(say: (message: unknown) => void): Promise<void> {
  say('here')
  const [{ url, cookies, artifactId }] = (await once(process, 'message')) as [Coming]
  const began = performance.now()
  let retries = 0
  const one = async (cookie: string): Promise<number> => {
    for (let failures = 0; ; failures++) {
      const watcher = await join(url, { cookie }).catch(() => undefined)
      // Not for limits.pingTimeout: all of them are one process here, which may itself be late to look.
      const answer = await watcher?.watch(artifactId).catch(() => undefined)
      if (answer?.ok) return performance.now() - began
      watcher?.close()
      retries++
      await sleep(Math.random() * Math.min(limits.reconnectMax, limits.reconnectMin * 2 ** failures))
    }
  }
  const answered = await Promise.all(cookies.map(one))
  say({ answered, retries })
}

if (process.argv[2] === 'come' && process.send) await come(message => process.send?.(message))
