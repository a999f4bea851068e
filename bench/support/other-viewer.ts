import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Somebody else, in a process of their own, who loads one page again and again while others publish. */
export interface OtherViewer {
  /** @returns how long each of the loads took, in milliseconds */
  stop(): Promise<number[]>
}

/** Milliseconds between two loads. */
const pause = 10

export async function viewAgainAndAgain(url: string, token: string): Promise<OtherViewer> {
  const child = fork(fileURLToPath(import.meta.url), ['view', url, token], { execArgv: process.execArgv })
  await once(child, 'message')
  return {
    async stop() {
      child.send('stop')
      const [waits] = (await once(child, 'message')) as [number[]]
      child.disconnect()
      return waits
    },
  }
}

async function view(url: string, token: string, say: (message: unknown) => void): Promise<void> {
  // As a browser would: undici does not ask for brotli over HTTP.
  const headers = { Authorization: `Bearer ${token}`, 'Accept-Encoding': 'br' }
  const waits: number[] = []
  let stopped = false
  process.once('message', () => {
    stopped = true
  })
  say('started')
  while (!stopped) {
    const began = performance.now()
    await (await fetch(url, { headers })).arrayBuffer()
    waits.push(performance.now() - began)
    await new Promise(resolve => setTimeout(resolve, pause))
  }
  say(waits)
}

const [, , errand, url, token] = process.argv
if (errand === 'view' && url && token) await view(url, token, message => process.send?.(message))
