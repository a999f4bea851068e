import { setImmediate } from 'node:timers/promises'
import type { ExpressionBuilder, Kysely } from 'kysely'
import { limits } from '../../shared/limits.ts'
import type { Content } from '../render/press.ts'
import type { Schema } from './schema.ts'

/** Whose content, and its id. */
interface ContentKey {
  orgId: string
  id: string
}

/** One piece of some content, with what the row says that all its pieces belong to. */
export interface Piece extends ContentKey {
  encoding: Content['encoding']
  /** Of the whole content. */
  size: number
  createdAt: number
  number: number
  isLast: boolean
  bytes: Uint8Array
}

/** A transaction that no other one of this org runs beside. */
export type InTransaction = <T>(orgId: string, work: (tx: Kysely<Schema>) => Promise<T>) => Promise<T>

/** Keeps one piece, durably. */
export type PutPiece = (piece: Piece) => Promise<void>

/** One piece after the other. What breaks off in between is never shown, and swept. */
export async function putContent(put: PutPiece, key: ContentKey, content: Content, createdAt: number): Promise<void> {
  const { encoding, bytes } = content
  const size = bytes.byteLength
  for (let from = 0, number = 0; from < size || number === 0; from += limits.pieceBytes, number++) {
    if (number > 0) await setImmediate()
    const isLast = from + limits.pieceBytes >= size
    const part = bytes.subarray(from, from + limits.pieceBytes)
    await put({ ...key, encoding, size, createdAt, number, isLast, bytes: part })
  }
}

/**
 * A short transaction of its own: the first piece also makes the row that all belong to, the last declares it complete.
 * Nobody else has to do with that row: no version names it before that, and it is swept an hour after it was made.
 */
export async function putPiece(db: Kysely<Schema>, piece: Piece): Promise<void> {
  const { orgId, id, encoding, size, createdAt, number, isLast, bytes } = piece
  const complete = isLast ? 1 : 0
  await db.transaction().execute(async tx => {
    if (number === 0) {
      await tx.insertInto('contents').values({ orgId, id, encoding, size, complete, createdAt }).execute()
    } else if (isLast) {
      await tx.updateTable('contents').set({ complete }).where('orgId', '=', orgId).where('id', '=', id).execute()
    }
    await tx.insertInto('contentPieces').values({ orgId, contentId: id, number, bytes }).execute()
  })
}

/** @returns undefined for what is not there, not complete, or of another org. */
export async function readContent(db: Kysely<Schema>, key: ContentKey): Promise<Content | undefined> {
  const row = await db
    .selectFrom('contents')
    .select(['encoding', 'size'])
    .where('orgId', '=', key.orgId)
    .where('id', '=', key.id)
    .where('complete', '=', 1)
    .executeTakeFirst()
  if (!row) return undefined
  const bytes = Buffer.allocUnsafeSlow(row.size)
  for (let at = 0, number = 0; at < row.size; number++) {
    if (number > 0) await setImmediate()
    const piece = await db
      .selectFrom('contentPieces')
      .select('bytes')
      .where('orgId', '=', key.orgId)
      .where('contentId', '=', key.id)
      .where('number', '=', number)
      .executeTakeFirst()
    // It is being swept while it is read.
    if (!piece) return undefined
    bytes.set(piece.bytes, at)
    at += piece.bytes.byteLength
  }
  return { encoding: row.encoding, bytes }
}

/** Contents looked at by one statement of the sweep. */
const sweepBatch = 500

/**
 * Erases content made before the given time that no version names: what a publish left when it broke off, and what
 * erased artifacts had. All contents are walked, a bounded batch at a time, so that no count has to be kept true.
 */
export async function sweepContent(
  db: Kysely<Schema>,
  inTransaction: InTransaction,
  before: number,
  signal: AbortSignal,
): Promise<void> {
  let after: ContentKey = { orgId: '', id: '' }
  while (!signal.aborted) {
    const batch = await contentsAfter(db, after)
    for (const { orgId, id, createdAt, named } of batch) {
      if (!named && createdAt < before && !signal.aborted) await eraseContent(db, inTransaction, { orgId, id })
    }
    const last = batch.at(-1)
    if (!last || batch.length < sweepBatch) return
    after = last
    await setImmediate()
  }
}

function contentsAfter(db: Kysely<Schema>, after: ContentKey) {
  return db
    .selectFrom('contents')
    .select(['orgId', 'id', 'createdAt'])
    .select(eb => isNamed(eb).as('named'))
    .where(({ eb, refTuple, tuple }) => eb(refTuple('orgId', 'id'), '>', tuple(after.orgId, after.id)))
    .orderBy('orgId')
    .orderBy('id')
    .limit(sweepBatch)
    .execute()
}

/**
 * From the first transaction on nobody can read it, nor can a version come to name it: whoever adds one looks whether it is
 * complete, and neither that nor the look for such versions here may run beside the other.
 */
export async function eraseContent(
  db: Kysely<Schema>,
  inTransaction: InTransaction,
  { orgId, id }: ContentKey,
): Promise<void> {
  const hidden = await inTransaction(orgId, tx =>
    tx
      .updateTable('contents')
      .set({ complete: 0 })
      .where('orgId', '=', orgId)
      .where('id', '=', id)
      .where(eb => eb.not(isNamed(eb)))
      .executeTakeFirstOrThrow(),
  )
  if (hidden.numUpdatedRows === 0n) return
  const pieces = db.selectFrom('contentPieces').where('orgId', '=', orgId).where('contentId', '=', id)
  for (const { number } of await pieces.select('number').execute()) {
    await inTransaction(orgId, tx =>
      tx
        .deleteFrom('contentPieces')
        .where('orgId', '=', orgId)
        .where('contentId', '=', id)
        .where('number', '=', number)
        .execute(),
    )
    await setImmediate()
  }
  await inTransaction(orgId, tx => tx.deleteFrom('contents').where('orgId', '=', orgId).where('id', '=', id).execute())
}

/** Some version has it as its page or its source. */
function isNamed({ or, exists, selectFrom }: ExpressionBuilder<Schema, 'contents'>) {
  const versions = selectFrom('versions').select('number').whereRef('versions.orgId', '=', 'contents.orgId')
  return or([
    exists(versions.whereRef('pageContent', '=', 'contents.id')),
    exists(versions.whereRef('sourceContent', '=', 'contents.id')),
  ])
}
