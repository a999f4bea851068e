import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { MiB } from '../../shared/limits.ts'
import type { Subject } from './contract.ts'
import { acme, ana, artifact, notes, sha256 } from './seed.ts'

const writer = fileURLToPath(new URL('writer.ts', import.meta.url))

export function processesContract(subject: () => Subject): void {
  describe('several processes', () => {
    const children: ChildProcess[] = []

    afterEach(async () => {
      for (const child of children.splice(0)) await kill(child)
    })

    /** Another process on this database. @returns it, when it says that it has begun or is done */
    async function start(task: 'raise' | 'publish' | 'put', amount: number): Promise<ChildProcess> {
      const { implementation, place } = subject()
      const args = ['--import', 'tsx', writer, implementation.name, place, task, String(amount)]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      await once(child.stdout, 'data')
      return child
    }

    it('may write at once, and lose nothing', async () => {
      const { store } = subject()
      const child = await start('raise', 40)
      const ended = once(child, 'exit')
      for (let n = 0; n < 40; n++) {
        await store.transaction('any', async tx => {
          const rev = (await tx.artifact(acme.id, notes.id))?.rev ?? 0
          await tx.updateArtifact(acme.id, notes.id, { rev: rev + 1 })
        })
        await store.putContent(acme.id, `cont_${n}`, { encoding: 'br', bytes: randomBytes(1_000) }, 3_000)
      }
      expect((await ended)[0]).to.equal(0)
      expect((await store.artifact(acme.id, notes.id))?.rev).to.equal(81)
    })

    it('keep what was acknowledged when one is killed', async () => {
      const { implementation, place } = subject()
      await kill(await start('publish', 3 * MiB))
      const again = await subject().openAnother()
      const published = await again.version(acme.id, notes.id, 2)
      expect(published?.note).to.equal('from the writer')
      const content = await again.content(acme.id, published?.pageContent ?? '')
      expect(content?.bytes.byteLength).to.equal(3 * MiB)
      expect(sha256(Buffer.from(content?.bytes ?? []).toString('latin1'))).to.equal(published?.sha256)
      expect(await implementation.sql(place, 'select id from audit')).to.have.length(2)
    })

    it('see nothing of content that a killed one was putting', async () => {
      const { implementation, place } = subject()
      await kill(await start('put', 16 * MiB))
      const pieces = "select number from content_pieces where content_id = 'cont_putting'"
      expect(await implementation.sql(place, pieces)).to.have.length(3)
      const again = await subject().openAnother()
      expect(await again.content(acme.id, 'cont_putting')).to.equal(undefined)
      await again.sweep({ content: 9_000, idempotentAnswers: 0, credentials: 0 }, new AbortController().signal)
      expect(await implementation.sql(place, pieces)).to.deep.equal([])
    })

    it('may open a new database at once, and have one epoch', async () => {
      const { implementation } = subject()
      const place = await implementation.makePlace()
      const stores = await Promise.all([1, 2, 3].map(() => implementation.open(place)))
      expect(new Set(stores.map(store => store.epoch)).size).to.equal(1)
      expect(stores[0]?.epoch)
        .to.match(/^[0-9a-f]{32}$/)
        .and.not.to.equal(subject().store.epoch)
      for (const store of stores) await store.close()
      await implementation.removePlace(place)
    })

    it('have the epoch and the rows of the database that is there already', async () => {
      const again = await subject().openAnother()
      expect(again.epoch).to.equal(subject().store.epoch)
      expect(await again.org(acme.id)).to.deep.equal(acme)
    })

    it('wait for one another without standing still', async () => {
      const { store } = subject()
      const another = await subject().openAnother()
      let release: () => void = () => {}
      const held = new Promise<void>(resolve => {
        release = resolve
      })
      let waiting = true
      let begin: () => void = () => {}
      const begun = new Promise<void>(resolve => {
        begin = resolve
      })
      const holding = another.transaction('any', async () => {
        begin()
        await held
        expect(waiting).to.equal(true)
      })
      await begun
      const waited = store
        .transaction('any', tx => tx.addArtifact(artifact('cart_waited', ana)))
        .then(() => {
          waiting = false
        })
      // A store that waits inside the database would never come back to this.
      setTimeout(release, 50)
      await Promise.all([holding, waited])
      expect(await another.artifact(acme.id, 'cart_waited')).not.to.equal(undefined)
    })
  })
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
