import type { ListScope } from './api.ts'
import { limits } from './limits.ts'

export const listSorts = ['updated', 'title'] as const
export type ListSort = (typeof listSorts)[number]

export const galleryLists = ['mine', 'shared', 'org'] as const satisfies readonly ListScope[]
export type GalleryList = (typeof galleryLists)[number]

/** Which of a member's lists the gallery shows, and how: the query of its address (`/?list=shared&q=plan&sort=title`). */
export interface Choice {
  list: GalleryList
  /** Part of a title. */
  q: string
  sort: ListSort
}

/** What makes no sense counts as not said. @param search with or without its question mark */
export function readChoice(search: string): Choice {
  const said = new URLSearchParams(search)
  return {
    list: galleryLists.find(list => list === said.get('list')) ?? 'mine',
    q: (said.get('q') ?? '').slice(0, limits.titleChars),
    sort: listSorts.find(sort => sort === said.get('sort')) ?? 'updated',
  }
}

/** A path of the app. */
export function addressOf({ list, q, sort }: Choice): string {
  const said = new URLSearchParams({
    ...(list !== 'mine' && { list }),
    ...(q.trim() !== '' && { q: q.trim() }),
    ...(sort !== 'updated' && { sort }),
  }).toString()
  return said === '' ? '/' : `/?${said}`
}

export const isSameChoice = (one: Choice, other: Choice): boolean => addressOf(one) === addressOf(other)
