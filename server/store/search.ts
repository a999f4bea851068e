import { type SqlBool, sql } from 'kysely'
import { keyOf } from './rows.ts'

/** Whether what somebody types is part of something. */

const pattern = (q: string): string => `%${q.replace(/[\\%_]/g, '\\$&')}%`

/** In any case, by the key that is kept in lower case. */
export const contains = (column: 'titleKey' | 'nameKey' | 'emailKey', q: string) =>
  sql<SqlBool>`${sql.ref(column)} like ${pattern(keyOf(q))} escape '\\'`

const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, letters => letters.toLowerCase())

/** In any case of ASCII's letters, and in the same case of others: there is no key of it. */
export const namesGroup = (column: 'name' | 'subject', q: string) =>
  sql<SqlBool>`lower(${sql.ref(column)}) like ${asciiLower(pattern(q))} escape '\\'`
