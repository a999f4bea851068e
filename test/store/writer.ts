import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import type { Store } from '../../server/core/store-ports.ts'
import { implementations } from './implementations.ts'
import { acme, entry, notes, sha256, version } from './seed.ts'

/** A process of its own that writes to a seeded store: `writer.ts <implementation> <place> <task> <amount>`. */

const say = (word: string) => process.stdout.write(`${word}\n`)

const tasks: Record<string, (store: Store, amount: number) => Promise<void>> = {
  /** Raises the rev of a page, one at a time. */
  async raise(store, times) {
    say('begun')
    for (let n = 0; n < times; n++) {
      await store.transaction('any', async tx => {
        const rev = (await tx.artifact(acme.id, notes.id))?.rev ?? 0
        await tx.updateArtifact(acme.id, notes.id, { rev: rev + 1 })
      })
    }
    await store.close()
  },
  /** Publishes, says so, and stays, to be killed. */
  async publish(store, size) {
    const bytes = randomBytes(size)
    const content = {
      pageContent: 'cont_written',
      sourceContent: 'cont_written',
      sha256: sha256(bytes.toString('latin1')),
    }
    await store.putContent(acme.id, 'cont_written', { encoding: 'br', bytes }, 3_000)
    await store.transaction('any', async tx => {
      await tx.addVersion(version(notes, 2, { ...content, note: 'from the writer' }))
      await tx.audit([entry('activity_written', acme.id)])
    })
    say('published')
    await new Promise(resolve => setTimeout(resolve, 60_000))
  },
  /** Comes to the middle of a transaction, and stays there until its input ends; then its write must be refused. */
  async stall(store) {
    const stalled = store.transaction(acme.id, async tx => {
      await tx.updateArtifact(acme.id, notes.id, { rev: 100 })
      say('inside')
      await text(process.stdin)
    })
    await stalled.then(
      () => process.exit(1),
      error => process.exit(error.code === 'overloaded' ? 0 : 2),
    )
  },
  /** Begins a job, and stays at it, to be killed. */
  async job(store) {
    await store.alone('sweep', async () => {
      say('at it')
      await new Promise(resolve => setTimeout(resolve, 60_000))
    })
  },
  /** Comes to the middle of putting content, and stays there, to be killed. */
  async put(store, size) {
    await store.putContent(acme.id, 'cont_putting', { encoding: 'br', bytes: new Stuck(size) }, 3_000)
  },
}

/** Bytes of which three pieces can be read; then the process stands still, a transaction open. */
class Stuck extends Uint8Array {
  private reads = 0

  override subarray(from?: number, to?: number): Uint8Array<ArrayBuffer> {
    if (++this.reads > 3) {
      say('half')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
    }
    return Uint8Array.from(this.slice(from, to))
  }
}

const [name, place = '', task = '', amount] = process.argv.slice(2)
const store = await implementations.find(each => each.name === name)?.open(place)
if (!store) throw new Error(`There is no store over ${name}.`)
await tasks[task]?.(store, Number(amount))
