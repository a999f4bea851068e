import Database from 'better-sqlite3'

/**
 * The statements that this process has the database prepare while some work goes on: what an answer costs, by its
 * reasons and not by the clock.
 */
export async function statementsOf(work: (soFar: readonly string[]) => Promise<unknown>): Promise<string[]> {
  const { prepare } = Database.prototype
  const statements: string[] = []
  Database.prototype.prepare = function (this: Database.Database, source: string) {
    statements.push(source)
    return prepare.call(this, source)
  } as typeof prepare
  try {
    await work(statements)
  } finally {
    Database.prototype.prepare = prepare
  }
  return statements
}
