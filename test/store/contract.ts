import type { Store } from '../../server/core/store-ports.ts'
import { contentContract } from './contract-content.ts'
import { listsContract } from './contract-lists.ts'
import { processesContract } from './contract-processes.ts'
import { readsContract } from './contract-reads.ts'
import { sweepContract } from './contract-sweep.ts'
import { writesContract } from './contract-writes.ts'
import type { Implementation } from './implementations.ts'
import { seed } from './seed.ts'

/** One seeded store, new for each test. */
export interface Subject {
  implementation: Implementation
  place: string
  store: Store
  /** Another one on the same database, closed with the first. */
  openAnother(): Promise<Store>
}

/** What the rules rely on, whatever the database. */
export function storeContract(implementation: Implementation): void {
  describe(`the store over ${implementation.name}`, () => {
    let seeded: string
    let subject: Subject
    let opened: Store[]

    before(async () => {
      seeded = await implementation.makePlace()
      const store = await implementation.open(seeded)
      await seed(store)
      await store.close()
    })
    after(() => implementation.removePlace(seeded))

    beforeEach(async () => {
      const place = await implementation.copy(seeded)
      opened = []
      const openAnother = async (): Promise<Store> => {
        const store = await implementation.open(place)
        opened.push(store)
        return store
      }
      subject = { implementation, place, store: await openAnother(), openAnother }
    })

    afterEach(async () => {
      for (const store of opened) await store.close()
      await implementation.removePlace(subject.place)
    })

    readsContract(() => subject)
    listsContract(() => subject)
    writesContract(() => subject)
    contentContract(() => subject)
    sweepContract(() => subject)
    processesContract(() => subject)
  })
}
