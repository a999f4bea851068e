import type { Kysely } from 'kysely'
import { putPiece } from './content.ts'
import type { PutTask } from './piece-thread.ts'
import type { Schema } from './schema.ts'
import { connect } from './sqlite.ts'

/** The thread's own connection, for as long as the thread lives. */
let connection: Promise<Kysely<Schema>> | undefined

/** What the pool calls. */
export async function work({ path, piece }: PutTask): Promise<void> {
  connection ??= connect(path)
  await putPiece(await connection, piece)
}
