import type { Socket } from 'socket.io'
import { limits } from '../../shared/limits.ts'
import type { World } from '../core/world.ts'

type Connection = Socket['conn']

/** Cuts a connection that talks too fast, and one that lets what it is told pile up. Counts before anybody is known. */
export function pace(connection: Connection, { log, metrics }: Pick<World, 'log' | 'metrics'>): void {
  let heard = 0
  let waiting = 0
  const everySecond = setInterval(() => {
    heard = 0
  }, 1000).unref()
  const cut = (why: string): void => {
    log.warn({ ip: connection.remoteAddress }, why)
    metrics.count('sockets_cut')
    connection.close(true)
    // A polite end would wait for an answer, and keep all that was not read until it comes.
    connection.request.socket.destroy()
  }
  connection.on('packet', () => {
    heard++
    if (heard > limits.socketEventsPerSecond) cut('Cut a connection that talks too fast')
  })
  // engine.io's own write buffer has no cap. It is handed over whole when the one before it is on its way.
  connection.on('packetCreate', () => {
    waiting++
    if (waiting > limits.socketBacklog) cut('Cut a connection that does not read')
  })
  connection.on('flush', () => {
    waiting = 0
  })
  connection.on('close', () => clearInterval(everySecond))
}
