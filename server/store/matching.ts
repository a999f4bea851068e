import { type SqlBool, sql } from 'kysely'
import { keyOf } from './rows.ts'

/** What somebody typed, found anywhere in a column. */

export const pattern = (q: string): string => `%${q.replace(/[\\%_]/g, '\\$&')}%`

/** In any case, by the key that is kept in lower case. */
export const contains = (column: 'titleKey' | 'nameKey' | 'emailKey', q: string) =>
  sql<SqlBool>`${sql.ref(column)} like ${pattern(keyOf(q))} escape '\\'`
