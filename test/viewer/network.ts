import type { AddressInfo } from 'node:net'
import { createServer, connect as dial, type Socket as Wire } from 'node:net'
import { io } from 'socket.io-client'
import type { Network } from '../../client/network/connection.ts'
import type { Life } from '../../client/network/life.ts'
import { livePath, protocolVersion } from '../../shared/events.ts'

/** A viewer's way to its server, with faults to order. The socket goes through a proxy, HTTP does not. */
export interface FaultyNetwork extends Network {
  /** Paths that were fetched. */
  fetched: string[]
  /** Connections refused from now on, or taken again. */
  blockSockets(blocked: boolean): void
  /** HTTP fails from now on, or works again. */
  blockHttp(blocked: boolean): void
  /** The socket that is open stays open, and nothing passes it any more: as after sleep. */
  freeze(): void
  cut(): void
  close(): Promise<void>
}

export async function faultyNetwork(url: string, cookie: string, version = protocolVersion): Promise<FaultyNetwork> {
  const wires = new Set<Wire>()
  let socketsBlocked = false
  let httpBlocked = false
  const proxy = createServer(wire => {
    const onward = dial(Number(new URL(url).port), 'localhost')
    for (const end of [wire, onward]) {
      wires.add(end)
      end.on('error', () => {})
      end.on('close', () => {
        wires.delete(end)
        wire.destroy()
        onward.destroy()
      })
    }
    if (socketsBlocked) wire.destroy()
    wire.pipe(onward).pipe(wire)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  const proxied = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const fetched: string[] = []
  return {
    origin: url,
    fetched,
    online: () => true,
    openSocket: () =>
      io(proxied, {
        path: livePath,
        addTrailingSlash: false,
        transports: ['websocket'],
        auth: { protocolVersion: version },
        extraHeaders: { cookie, origin: url, host: new URL(url).host },
        autoConnect: false,
        reconnection: false,
        forceNew: true,
      }),
    async fetch(input, init) {
      if (httpBlocked) throw new TypeError('The network is down.')
      fetched.push(String(input).replace(url, ''))
      const headers = new Headers(init?.headers)
      headers.set('Cookie', cookie)
      if (init?.method !== undefined && init.method !== 'GET') headers.set('Origin', url)
      return fetch(input, { ...init, headers })
    },
    blockSockets(blocked) {
      socketsBlocked = blocked
    },
    blockHttp(blocked) {
      httpBlocked = blocked
    },
    freeze() {
      for (const wire of wires) wire.unpipe().pause()
    },
    cut() {
      for (const wire of wires) wire.destroy()
    },
    async close() {
      for (const wire of wires) wire.destroy()
      await new Promise(resolve => proxy.close(resolve))
    },
  }
}

/** A tab, as its user treats it. */
export function tab(): Life & { say(event: 'wake' | 'leave' | 'return'): void; hide(hidden: boolean): void } {
  const listeners = new Set<Parameters<Life['subscribe']>[0]>()
  let hidden = false
  return {
    hidden: () => hidden,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    say(event) {
      for (const listener of listeners) listener(event)
    },
    hide(now) {
      hidden = now
      for (const listener of listeners) listener('visibility')
    },
  }
}
