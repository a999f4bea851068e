import { Piscina } from 'piscina'
import { limits } from '../../shared/limits.ts'
import type { Piece } from './content.ts'

/** What the thread is given: where the database is, and what to put there. */
export interface PutTask {
  path: string
  piece: Piece
}

/** Why a piece was not kept. What an error carries beside its message would be lost between threads; so it crosses as data. */
export interface Failure {
  message: string
  code: string | undefined
}

/**
 * A thread with a connection of its own to the embedded database, started when it is first needed. Each commit waits
 * for the disk, and now and then for a checkpoint: milliseconds as a rule and a tenth of a second on a busy disk, for
 * which the event loop would stand still.
 */
export class PieceThread {
  private readonly path: string
  private readonly pool = new Piscina<PutTask, Failure | undefined>({
    // piece-worker.ts when run from sources, piece-worker.js when compiled.
    filename: new URL(`./piece-worker${import.meta.url.slice(-3)}`, import.meta.url).href,
    name: 'work',
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: limits.pressIdle,
  })

  constructor(path: string) {
    this.path = path
  }

  async put(piece: Piece): Promise<void> {
    // A copy, which can be handed over: caches hold what came in.
    const bytes = Uint8Array.from(piece.bytes)
    const task = { path: this.path, piece: { ...piece, bytes } }
    const failure = await this.pool.run(task, { transferList: [bytes.buffer] })
    if (failure) throw Object.assign(new Error(failure.message), { code: failure.code })
  }

  close(): Promise<void> {
    return this.pool.destroy()
  }
}
