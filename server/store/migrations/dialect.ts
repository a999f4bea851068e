import type { ColumnDataType, Kysely, RawBuilder } from 'kysely'

/** What the databases do not agree on. */
export interface Dialect {
  /** The column type of text that is compared by its bytes. */
  readonly text: ColumnDataType | RawBuilder<unknown>
  /** … of integers of 64 bits, where SQLite's have always been called so. */
  readonly integer: ColumnDataType
  /** … and of bytes. */
  readonly bytes: ColumnDataType
  /** Statements that make the database refuse to change or delete any of the table's rows. */
  appendOnly(table: string): RawBuilder<unknown>[]
}

export const index = (db: Kysely<unknown>, table: string, name: string, columns: string[]): Promise<void> =>
  db.schema.createIndex(`${table}_${name}`).on(table).columns(columns).execute()
