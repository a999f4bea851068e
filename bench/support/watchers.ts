import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { limits } from '../../shared/limits.ts'
import { join, type Watcher } from '../../test/live/watcher.ts'

/** Many who have pages open, in a process of their own, so that what the server does is not mixed with what they do. */
export interface Watchers {
  /** How many events they have been told, all together. */
  told(): Promise<number>
  close(): Promise<void>
}

/** One connection: who it is, and what it watches. */
export interface Watching {
  cookie: string
  artifactIds: readonly string[]
}

/** Resolves when all of them watch all that they are to. */
export async function openWatchers(url: string, all: readonly Watching[]): Promise<Watchers> {
  const child = fork(fileURLToPath(import.meta.url), ['watch'], { execArgv: process.execArgv })
  const ask = async (question: unknown): Promise<unknown> => {
    child.send(question as object)
    return (await once(child, 'message'))[0]
  }
  await ask({ url, all })
  return {
    told: async () => Number(await ask('told')),
    async close() {
      child.kill()
      await once(child, 'exit')
    },
  }
}

const together = 200

async function openWatcher(url: string, { cookie, artifactIds }: Watching): Promise<Watcher> {
  const watcher = await join(url, { cookie })
  for (const id of artifactIds) {
    const answer = await watcher.watch(id)
    if (!answer.ok) throw new Error(`Could not watch: ${answer.message}`)
    await sleep(1200 / limits.socketEventsPerSecond)
  }
  return watcher
}

async function watch(say: (message: unknown) => void): Promise<void> {
  const [{ url, all }] = (await once(process, 'message')) as [{ url: string; all: readonly Watching[] }]
  const watchers: Watcher[] = []
  // More at once would be told to come back (PROTOCOL H6).
  for (let from = 0; from < all.length; from += together) {
    watchers.push(...(await Promise.all(all.slice(from, from + together).map(each => openWatcher(url, each)))))
  }
  process.on('message', () => say(watchers.reduce((sum, { told }) => sum + told.length, 0)))
  say('watching')
}

if (process.argv[2] === 'watch' && process.send) await watch(message => process.send?.(message))
