import type { Kysely } from 'kysely'
import { connect } from './connection.ts'
import { putPiece } from './content.ts'
import type { Failure, PutTask } from './piece-thread.ts'
import type { Schema } from './schema.ts'

/** The thread's own connection, for as long as the thread lives. */
let connection: Promise<Kysely<Schema>> | undefined

/** What the pool calls. @returns why the piece was not kept, if it was not */
export async function work({ path, piece }: PutTask): Promise<Failure | undefined> {
  try {
    connection ??= connect(path).catch(error => {
      // Not for ever: the next piece tries again.
      connection = undefined
      throw error
    })
    await putPiece(await connection, piece)
    return undefined
  } catch (error) {
    return failureOf(error)
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), code: undefined }
  return { message: error.message, code: 'code' in error ? String(error.code) : undefined }
}
