import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { limits } from '../../shared/limits.ts'
import { eventually } from '../e2e/stage.ts'
import { assemble, type Cast } from './cast.ts'
import { Chance } from './chance.ts'
import { plantRemains, remainsIn } from './kept.ts'
import type { Moment, Publish } from './publishers.ts'

/** Viewers are on the newest version so long after there is a server again, at the latest. Milliseconds. */
const promised = 15_000

interface KillMoment {
  begins(now: Moment, publish: Publish): boolean
  /** The server is killed at once as often as within so many milliseconds. */
  within: number
}
const isLargest = ({ body }: Publish): boolean => 2 * body.byteLength > limits.sourceBytes

/** What the server is killed in the middle of. */
const moments = {
  'half of a body is sent': { begins: now => now === 'half sent', within: 5 },
  'a body has been sent': { begins: now => now === 'sent', within: 150 },
  'an answer is read': { begins: now => now === 'answered', within: 5 },
  'the largest page is on its way': { begins: (now, page) => now === 'sent' && isLargest(page), within: 2000 },
  'the largest page is answered': { begins: (now, page) => now === 'answered' && isLargest(page), within: 5 },
  'this and that goes on': { begins: () => true, within: 1000 },
  'it starts': { begins: () => true, within: 500 },
  'it sweeps': { begins: () => true, within: 500 },
} satisfies Record<string, KillMoment>

export interface KillLoop {
  /** Repeats the choices, though not what the machine makes of them. */
  seed: number
  /** At least so many are acknowledged … */
  publishes: number
  /** … spread over so many rounds, each of which ends with a server killed. */
  rounds: number
  nodeViewers: number
  /** Hears of each round, where that takes long. */
  say?: (line: string) => void
}

/** Another each time, unless KILL_SEED repeats one. */
export const seedOf = (env = process.env): number => Number(env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 32))

/** A row for whoever runs it. */
export interface Tally {
  seed: number
  kills: number
  published: number
  acknowledged: number
  tries: number
  /** By a server that died before it had said so. */
  'kept unanswered': number
  'slowest viewer, s': number
}

/**
 * Publishers publish, viewers look on, the server is killed again and again at bad moments, and each time what it
 * acknowledged must be there, nothing half, and every viewer on the newest of it by itself.
 */
export async function killLoop({ seed, publishes, rounds, nodeViewers, say }: KillLoop): Promise<Tally> {
  const cast = await assemble(new Chance(seed), nodeViewers)
  try {
    const loop = new Loop(cast)
    const names = Object.keys(moments) as (keyof typeof moments)[]
    const plan = Array.from({ length: Math.ceil(rounds / names.length) }, () => cast.chance.shuffled(names)).flat()
    for (const [n, name] of plan.slice(0, rounds).entries()) {
      const seconds = inSeconds(await loop.round(name, Math.ceil(publishes / rounds)))
      say?.(`${n + 1} of ${rounds}, killed while ${name}: all viewers back after ${seconds} s`)
    }
    return { seed, ...(await loop.end()) }
  } catch (error) {
    const { process, complaints } = cast.server
    const state = process.exitCode ?? process.signalCode ?? 'it runs'
    throw new Error(`Found with KILL_SEED=${seed}. The server (${state}) has said: ${complaints()}`, { cause: error })
  } finally {
    await cast.close()
  }
}

const inSeconds = (ms: number): number => Math.round(ms / 100) / 10

class Loop {
  private readonly cast: Cast
  private readonly running: Promise<void>[] = []
  private readonly failures: unknown[] = []
  private kills = 0
  private slowest = 0

  constructor(cast: Cast) {
    this.cast = cast
    for (const line of cast.lines) this.run(cast.publishers.run(line))
  }

  /**
   * @param publishes that are acknowledged before the moment is waited for
   * @returns how long after there was a server again the last viewer was on the newest version, in milliseconds
   */
  async round(moment: keyof typeof moments, publishes: number): Promise<number> {
    const { server, publishers, largest, chance } = this.cast
    const enough = this.acknowledged() + publishes
    while (this.acknowledged() < enough) await this.goOn()
    const struck = this.strike(moments[moment])
    if (moment.startsWith('the largest page')) this.run(publishers.publish(largest))
    while (!(await Promise.race([struck, this.goOn()]))) {}
    if (moment === 'it starts') {
      const starting = server.start().catch(() => {})
      await sleep(chance.below(1000))
      await this.kill()
      await starting
    }
    if (moment === 'it sweeps') {
      await server.start()
      plantRemains(server.dataDir)
      await this.kill()
      await server.start()
      await sleep(chance.below(300))
      await this.kill()
    }
    const slowest = await this.comeBack()
    this.slowest = Math.max(this.slowest, slowest)
    return slowest
  }

  /** Everything published is answered, everything answered is there, and no trace of the rest. */
  async end(): Promise<Omit<Tally, 'seed'>> {
    const { server, publishers, viewers, kept } = this.cast
    publishers.stop()
    await Promise.all(this.running)
    await this.goOn()
    await kept.checkWhole(publishers.publishes)
    await eventually(() => {
      expect(remainsIn(server.dataDir)).to.equal(0)
    })
    expect(viewers.flatMap(({ faults }) => faults)).to.deep.equal([])
    expect(server.complaints(), 'what the servers logged').to.equal('')
    const { publishes } = publishers
    return {
      kills: this.kills,
      published: publishes.length,
      acknowledged: this.acknowledged(),
      tries: publishes.reduce((sum, { tries }) => sum + tries, 0),
      'kept unanswered': publishes.filter(({ foundAs }) => foundAs).length,
      'slowest viewer, s': inSeconds(this.slowest),
    }
  }

  /** What was published, and its viewers, once there is a server again; then the publishers go on. */
  private async comeBack(): Promise<number> {
    const { server, publishers, viewers, kept } = this.cast
    await server.start()
    const started = performance.now()
    const newest = await kept.newest(viewers.map(({ artifactId }) => artifactId))
    const watching = viewers.map(async viewer => {
      const wanted = newest.get(viewer.artifactId)
      if (!wanted) throw new Error(`${viewer.artifactId} is gone.`)
      await viewer.shows(wanted, promised - (performance.now() - started))
      return performance.now() - started
    })
    const [waits] = await Promise.all([Promise.all(watching), kept.check(publishers.publishes)])
    await this.repeatSome()
    publishers.resume()
    return Math.max(...waits)
  }

  /** Publishes that were answered before are answered the same again. */
  private async repeatSome(): Promise<void> {
    const { chance, publishers } = this.cast
    const answered = publishers.publishes.filter(({ answer }) => answer)
    for (const publish of chance.shuffled(answered).slice(0, 2)) {
      const { answer } = publish
      await publishers.attempt(publish)
      expect(publish.answer, `${publish.key} again`).to.deep.equal(answer)
    }
  }

  /** Resolves once the server is gone. The publishers go on when there is another. */
  private strike({ begins, within }: KillMoment): Promise<true> {
    const { chance, publishers } = this.cast
    const wait = chance.below(2) * chance.below(within)
    return new Promise((resolve, reject) => {
      const kill = () => {
        publishers.pause()
        this.kill().then(() => resolve(true), reject)
      }
      publishers.watch((now, publish) => {
        if (!begins(now, publish)) return
        publishers.watch(() => {})
        if (wait === 0) kill()
        else setTimeout(kill, wait)
      })
    })
  }

  private kill(): Promise<void> {
    this.kills++
    return this.cast.server.end('SIGKILL')
  }

  private acknowledged(): number {
    return this.cast.publishers.publishes.filter(({ acknowledged }) => acknowledged).length
  }

  private run(work: Promise<unknown>): void {
    this.running.push(
      work.then(
        () => {},
        (error: unknown) => void this.failures.push(error),
      ),
    )
  }

  /** A moment later, unless a publisher has failed, or the server has ended by itself. */
  private async goOn(): Promise<false> {
    const [failure] = this.failures
    if (failure !== undefined) throw failure
    if (this.cast.server.process.exitCode !== null) throw new Error('The server ended by itself.')
    await sleep(10)
    return false
  }
}
