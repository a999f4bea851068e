import type { List } from './list.ts'

/** Below a list that goes on. */
export function More({ list, words }: { list: Omit<List<unknown>, 'edit'>; words: string }) {
  if (!list.hasMore && !list.trouble) return null
  const retry = list.hasMore ? list.more : list.again
  return (
    <p class="older">
      <button type="button" aria-disabled={list.isReading} onClick={() => !list.isReading && retry()}>
        {list.isReading ? 'Loading …' : words}
      </button>
      {list.trouble && <span role="alert">{list.trouble}</span>}
    </p>
  )
}
