import { io } from 'socket.io-client'
import { livePath, protocolVersion } from '../../shared/events.ts'
import type { Stage } from './stage.ts'

/** A viewer that watches the busiest page, and from then on reads nothing: its window closes, and it says no word. */
export async function openStopped({ cluster, members, busy, chance }: Stage): Promise<{ close(): void }> {
  const { host, port } = new URL(cluster.url)
  const cookie = members[chance.below(members.length)]?.cookie ?? ''
  const socket = io(`http://127.0.0.1:${port}`, {
    path: livePath,
    addTrailingSlash: false,
    transports: ['websocket'],
    auth: { protocolVersion },
    extraHeaders: { host, origin: cluster.url, cookie },
    reconnection: false,
    forceNew: true,
  })
  await new Promise<void>(resolve => socket.once('connect', resolve))
  await socket.emitWithAck('watch', { artifactId: busy })
  // The TCP connection under the websocket, which the client keeps to itself.
  const { transport } = socket.io.engine as unknown as { transport: { ws: { pause(): void } } }
  transport.ws.pause()
  return { close: () => void socket.disconnect() }
}
