import { setTimeout as sleep } from 'node:timers/promises'
import type { Line, Publishers } from '../faults/publishers.ts'
import type { Cluster } from './cluster.ts'
import { ask, type Person } from './people.ts'

/** Milliseconds, of one publisher, from an answer to the next publish. */
const pace = 400
/** … and from one choice of what viewers see to the next. */
const repin = 900

/** What goes on all the while: publishers who publish, and an owner who moves a pin back and forth. */
export class Load {
  private readonly publishers: Publishers
  private readonly failures: unknown[] = []
  /** What is under way. */
  private readonly busy = new Set<Promise<unknown>>()
  private mayGoOn: Promise<void> = Promise.resolve()
  private letGoOn: () => void = () => {}
  private readonly over = new AbortController()

  constructor(publishers: Publishers) {
    this.publishers = publishers
  }

  publish(line: Line): void {
    this.keep(() => this.publishers.publish(line), pace)
  }

  /** Now the latest, now the first version. */
  movePin(cluster: Cluster, artifactId: string, as: Person): void {
    let version: 'latest' | 1 = 'latest'
    this.keep(async () => {
      version = version === 1 ? 'latest' : 1
      const json = { audience: 'org', people: [], groups: [], version }
      await ask(cluster, `/artifacts/${artifactId}/sharing`, { method: 'PUT', as, json, over: this.over.signal })
    }, repin)
  }

  /** Resolves once nothing is under way any more. @throws what a publisher met with that it should not have */
  async rest(): Promise<void> {
    this.mayGoOn = new Promise(resolve => {
      this.letGoOn = resolve
    })
    await Promise.all(this.busy)
    this.check()
  }

  goOn(): void {
    this.letGoOn()
  }

  /** @throws what a publisher met with that it should not have */
  check(): void {
    if (this.failures.length > 0) throw this.failures[0]
  }

  acknowledged(): number {
    return this.publishers.publishes.filter(({ acknowledged }) => acknowledged).length
  }

  end(): void {
    this.over.abort()
    this.publishers.close()
    this.goOn()
  }

  private keep(work: () => Promise<unknown>, wait: number): void {
    const run = async () => {
      while (!this.over.signal.aborted) {
        await this.mayGoOn
        const once = work()
        this.busy.add(once)
        await once.finally(() => this.busy.delete(once))
        await sleep(wait * (0.5 + Math.random()))
      }
    }
    run().catch(error => this.over.signal.aborted || this.failures.push(error))
  }
}
