import { type Command, InvalidArgumentError } from 'commander'
import { limits } from '../../shared/limits.ts'
import type { ListPlace } from '../sdk/client.ts'
import type { CommonOptions } from './session.ts'

export interface ListOptions extends CommonOptions {
  limit: number
  all?: true
}

/** What a command takes that prints a list. */
export const withListOptions = (command: Command): Command =>
  command
    .option('--limit <number>', 'how many, the newest first', atLeastOne, 30)
    .option('--all', 'all of them, however many')

/**
 * The beginning of a list that the server gives in pages.
 * @param ask for one page
 * @returns `more`: there are others after these
 */
export async function collect<Item>(
  { limit, all }: ListOptions,
  ask: (place: ListPlace) => Promise<{ items: readonly Item[]; nextCursor: string | null }>,
): Promise<{ items: Item[]; more: boolean }> {
  const wanted = all ? Number.POSITIVE_INFINITY : limit
  const items: Item[] = []
  let cursor: string | null | undefined
  do {
    const place = { limit: Math.min(limits.pageSizeMax, wanted - items.length), ...(cursor && { cursor }) }
    const page = await ask(place)
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && items.length < wanted)
  return { items, more: cursor !== null }
}

function atLeastOne(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number, 1 or more.')
}
