import { io } from 'socket.io-client'
import { type Handshake, livePath, protocolVersion } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { LiveSocket, Network } from './connection.ts'
import type { Life } from './life.ts'
import { type Page, renew } from './renewal.ts'

/** The server that this page came from. */
export const browserNetwork = (): Network => ({
  origin: '',
  fetch: (input, init) => fetch(input, init),
  openSocket,
  online: () => navigator.onLine,
  outdated: () => renew(page),
})

const page: Page = {
  age: () => performance.now(),
  isUntouched: () => navigator.userActivation?.hasBeenActive === false,
  reload: () => location.reload(),
}

function openSocket(): LiveSocket {
  const auth: Handshake = { protocolVersion }
  return io({
    path: livePath,
    addTrailingSlash: false,
    transports: ['websocket'],
    auth,
    autoConnect: false,
    // Ours waits with full jitter; Socket.IO's does not, and stays away after the server has ended a connection.
    reconnection: false,
    forceNew: true,
    timeout: limits.socketHandshake,
  })
}

/** A clock that jumps this much further than it was waited for means that the machine slept. */
const jump = 10_000
const tick = 5_000

export const browserLife = (): Life => ({
  hidden: () => document.hidden,
  subscribe(listener) {
    const ending = new AbortController()
    const on = (target: EventTarget, names: readonly string[], event: Parameters<typeof listener>[0]): void => {
      for (const name of names) target.addEventListener(name, () => listener(event), { signal: ending.signal })
    }
    on(document, ['visibilitychange'], 'visibility')
    on(document, ['resume'], 'wake')
    on(window, ['online', 'offline', 'focus'], 'wake')
    on(window, ['pagehide'], 'leave')
    window.addEventListener('pageshow', event => event.persisted && listener('return'), { signal: ending.signal })
    const stopClock = onJump(() => listener('wake'))
    return () => {
      ending.abort()
      stopClock()
    }
  },
})

function onJump(listener: () => void): () => void {
  let last = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    if (now - last > tick + jump) listener()
    last = now
  }, tick)
  return () => clearInterval(timer)
}
