import type { Artifact } from '../../shared/api.ts'
import type { GalleryList } from '../../shared/choice.ts'

export const listWords = (list: GalleryList, org: string): string =>
  ({ mine: 'Yours', shared: 'Shared with you', org: `Everyone at ${org}` })[list]

/** Who sees a page of one's own. */
export function seenByWords({ audience, sharedWith }: Artifact, org: string): string {
  if (audience === 'private') return 'Private'
  if (audience === 'org') return `Everyone at ${org}`
  const { people = 0, groups = 0 } = sharedWith ?? {}
  const named = [counted(people, 'person', 'people'), counted(groups, 'group', 'groups')].filter(Boolean)
  return named.join(', ') || 'Nobody yet'
}

export const askingWords = (waiting: number): string =>
  waiting === 1 ? '1 asks to see it' : `${waiting} ask to see it`

export const foundWords = (count: number, isMore: boolean): string =>
  isMore ? `More than ${count} pages found` : `${counted(count, 'page', 'pages') || 'No page'} found`

const counted = (count: number, one: string, many: string): string =>
  count === 0 ? '' : `${count} ${count === 1 ? one : many}`
