import { join } from 'node:path'
import Database from 'better-sqlite3'

/** Past the store, as an operator with a database shell. @returns the rows, if any */
export function runOn(dataDir: string, statement: string): Record<string, unknown>[] {
  const database = new Database(join(dataDir, 'galley.db'))
  try {
    const prepared = database.prepare<[], Record<string, unknown>>(statement)
    if (prepared.reader) return prepared.all()
    prepared.run()
    return []
  } finally {
    database.close()
  }
}
