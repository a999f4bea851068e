import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Seat, Sight } from './viewer.ts'
import type { Answered, Numbered, Order } from './viewers-process.ts'

const script = fileURLToPath(new URL('viewers-process.ts', import.meta.url))

export interface History {
  /** By the viewer's key. */
  shown: ReadonlyMap<string, Sight['shown']>
  wentBack: readonly string[]
  /** When each connection was made, in order. Milliseconds since 1970. */
  connected: readonly number[]
  /** How they are now. */
  sights: ReadonlyMap<string, Sight>
}

/** Viewers, spread over processes of their own: their work is not to hold up whoever looks at them. */
export class Viewers {
  private readonly processes: readonly Crowd[]
  private readonly crowds = new Map<string, Crowd>()
  /** This and the next two since their history began anew: pages that each was shown. */
  private readonly shown = new Map<string, Sight['shown']>()
  private wentBack: string[] = []
  private connected: number[] = []

  constructor(processes: number) {
    this.processes = Array.from({ length: processes }, () => new Crowd())
  }

  async open(seats: readonly Seat[]): Promise<void> {
    const { processes } = this
    const shares = new Map<Crowd, Seat[]>(processes.map(crowd => [crowd, []]))
    for (const seat of seats) {
      const crowd = processes[this.crowds.size % processes.length]
      if (!crowd) throw new Error('There is no process for viewers.')
      this.crowds.set(seat.key, crowd)
      shares.get(crowd)?.push(seat)
    }
    await Promise.all([...shares].map(([crowd, share]) => crowd.tell({ do: 'open', seats: share })))
  }

  async close(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.crowds.delete(key)
    await this.tell({ do: 'close', keys })
  }

  /** What is to be seen of each, by its key. */
  async look(options: { closely?: boolean } = {}): Promise<ReadonlyMap<string, Sight>> {
    const sights = await this.tell({ do: 'look', ...options })
    for (const { key, shown, wentBack, connected } of sights) {
      this.connected.push(...connected)
      this.shown.set(key, [...(this.shown.get(key) ?? []), ...shown])
      this.wentBack.push(...wentBack.map(how => `${key} ${how}`))
    }
    return new Map(sights.map(sight => [sight.key, sight]))
  }

  /** All that they went through since it was last begun `anew`. */
  async history({ anew }: { anew: boolean }): Promise<History> {
    const sights = await this.look()
    const connected = this.connected.toSorted((a, b) => a - b)
    const history = { shown: new Map(this.shown), wentBack: this.wentBack, connected, sights }
    if (anew) {
      this.shown.clear()
      this.wentBack = []
      this.connected = []
    }
    return history
  }

  async tell(order: Order): Promise<Sight[]> {
    return (await Promise.all(this.processes.map(crowd => crowd.tell(order)))).flat()
  }

  /** Their machines sleep … */
  freeze(): void {
    for (const crowd of this.processes) crowd.child.kill('SIGSTOP')
  }

  /** … and wake up. */
  thaw(): void {
    for (const crowd of this.processes) crowd.child.kill('SIGCONT')
  }

  async end(): Promise<void> {
    await Promise.all(this.processes.map(crowd => crowd.end()))
  }
}

class Crowd {
  readonly child: ChildProcess = fork(script, { execArgv: ['--import', 'tsx'] })
  private readonly waiting = new Map<number, (sights: Sight[]) => void>()
  private given = 0

  constructor() {
    this.child.on('message', ({ number, sights }: Answered) => {
      this.waiting.get(number)?.(sights)
      this.waiting.delete(number)
    })
  }

  tell(order: Order): Promise<Sight[]> {
    const numbered: Numbered = { number: ++this.given, order }
    return new Promise((resolve, reject) => {
      this.waiting.set(numbered.number, resolve)
      this.child.send(numbered, error => error && reject(error))
    })
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const ended = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await ended
  }
}
