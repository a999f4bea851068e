import type { LiveSocket } from './socket.ts'

/** False while something sent earlier is still on its way into the network. */
export const isReading = (socket: LiveSocket): boolean => socket.conn.transport.writable

/**
 * A socket that is not reading is not sent every hint: it is owed one for each room, and gets what is newest there when
 * it reads again. They are paid one by one, each when the one before is on its way, so that they never pile up in front
 * of a socket: one that reads, however slowly, is not cut for what it is told.
 */
export class Late {
  /**
   * For each room what tells the newest there is, whenever it is called: at most limits.watchesPerSocket for each socket,
   * and one for its lists.
   */
  private readonly owed = new WeakMap<LiveSocket, Map<string, () => void>>()

  owe(socket: LiveSocket, room: string, pay: () => void): void {
    const debts = this.owed.get(socket)
    if (debts) {
      debts.set(room, pay)
      return
    }
    const first = new Map([[room, pay]])
    this.owed.set(socket, first)
    this.payOnceReading(socket, first)
  }

  private payOnceReading(socket: LiveSocket, debts: Map<string, () => void>): void {
    socket.conn.transport.once('ready', () => {
      for (const [room, pay] of debts) {
        if (!isReading(socket)) return this.payOnceReading(socket, debts)
        debts.delete(room)
        if (socket.rooms.has(room)) pay()
      }
      this.owed.delete(socket)
    })
  }
}
