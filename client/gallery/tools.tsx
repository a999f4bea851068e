import { addressOf, type Choice, type GalleryList, galleryLists, type ListSort } from '../../shared/choice.ts'
import { listWords } from './words.ts'

export interface Chosen {
  choice: Choice
  choose: (change: Partial<Choice>) => void
}

export function Lists({ choice, org, choose }: Chosen & { org: string }) {
  return (
    <nav class="lists" aria-label="Lists of pages">
      {galleryLists.map(list => (
        <ListLink key={list} list={list} choice={choice} org={org} choose={choose} />
      ))}
    </nav>
  )
}

/** A link, so that each list can be opened in a tab of its own and kept as a bookmark. */
export function ListLink({ list, choice, org, choose }: Chosen & { list: GalleryList; org: string }) {
  return (
    <a
      href={addressOf({ ...choice, list })}
      aria-current={list === choice.list ? 'page' : undefined}
      onClick={event => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        choose({ list })
      }}
    >
      {listWords(list, org)}
    </a>
  )
}

const sortWords: Record<ListSort, string> = { updated: 'Last updated', title: 'Title' }

export function Sort({ choice, choose }: Chosen) {
  return (
    <label class="sort">
      <span>Sort by</span>
      <select value={choice.sort} onChange={event => choose({ sort: event.currentTarget.value as ListSort })}>
        {Object.entries(sortWords).map(([sort, words]) => (
          <option key={sort} value={sort}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
