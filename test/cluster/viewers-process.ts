import { type Net, type Seat, type Sight, Viewer } from './viewer.ts'

/** Orders to a process full of viewers; each is answered by its number. */
export type Order =
  | { do: 'open'; seats: readonly Seat[] }
  | { do: 'close'; keys: readonly string[] }
  | { do: 'look'; closely?: boolean }
  | { do: 'wake' }
  /** Those of every machine that these viewers sit at. */
  | { do: 'network'; up: boolean }
  /** Every connection is lost. */
  | { do: 'cut' }

export interface Numbered {
  number: number
  order: Order
}

export interface Answered {
  number: number
  sights: Sight[]
}

const viewers = new Map<string, Viewer>()
const net: Net = { up: true }

process.on('message', ({ number, order }: Numbered) => {
  const answered: Answered = { number, sights: follow(order) }
  process.send?.(answered)
})
// Whoever gave orders is gone.
process.on('disconnect', () => process.exit())

function follow(order: Order): Sight[] {
  switch (order.do) {
    case 'open':
      for (const seat of order.seats) viewers.set(seat.key, new Viewer(seat, net))
      return []
    case 'close':
      for (const key of order.keys) {
        viewers.get(key)?.close()
        viewers.delete(key)
      }
      return []
    case 'look':
      return [...viewers.values()].map(viewer => viewer.sight(order.closely ?? false))
    case 'wake':
      for (const viewer of viewers.values()) viewer.say('wake')
      return []
    case 'network':
      net.up = order.up
      if (!net.up) for (const viewer of viewers.values()) viewer.cut()
      // As the browser says it: the network is another.
      for (const viewer of viewers.values()) viewer.say('wake')
      return []
    case 'cut':
      for (const viewer of viewers.values()) viewer.cut()
      return []
  }
}
