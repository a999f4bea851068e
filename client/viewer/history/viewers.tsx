import { useEffect, useState } from 'preact/hooks'
import type { ViewList } from '../../../shared/api.ts'
import { limits } from '../../../shared/limits.ts'
import { Ago } from '../../elements/ago.tsx'
import { type Archive, sentenceOf } from './archive.ts'

/** Who has looked, at which version, and when. @param since always as many: it is read anew when one of these is another */
export function Viewers({ archive, since }: { archive: Archive; since: readonly unknown[] }) {
  const [list, setList] = useState<ViewList>()
  const [trouble, setTrouble] = useState('')
  useEffect(() => {
    let isWanted = true
    const read = () =>
      archive.views().then(
        views => isWanted && setList(views),
        error => isWanted && setTrouble(sentenceOf(error)),
      )
    void read()
    // A look is kept a moment after it was had.
    const timer = setTimeout(read, 2 * limits.looksKept)
    return () => {
      isWanted = false
      clearTimeout(timer)
    }
  }, [archive, ...since])
  if (trouble && !list) return <p class="quiet">{trouble}</p>
  if (!list) return null
  if (!list.tracked) return <p class="viewers quiet">Who looks at pages is not kept in your organisation.</p>
  const looks = byPerson(list)
  return (
    <details class="viewers">
      <summary>{seenBy(looks.length, list.nextCursor !== null)}</summary>
      {looks.length > 0 && (
        <ul>
          {looks.map(({ email, name, number, lastAt, others }) => (
            <li key={email}>
              <span class="who" title={email}>
                <bdi>{name}</bdi>
              </span>
              <span class="quiet">
                version {number}
                {others.length > 0 && `, before that ${others.join(', ')}`} · <Ago at={Date.parse(lastAt)} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </details>
  )
}

/** Their last look, with the other versions they have seen. */
type Looks = ViewList['views'][number] & { others: readonly number[] }

function byPerson({ views }: ViewList): Looks[] {
  const people = new Map<string, Looks>()
  for (const view of views) {
    const looks = people.get(view.email)
    people.set(view.email, looks ? { ...looks, others: [...looks.others, view.number] } : { ...view, others: [] })
  }
  return [...people.values()]
}

function seenBy(people: number, isMore: boolean): string {
  if (people === 0) return 'Seen by nobody else yet'
  return `Seen by ${isMore ? 'more than ' : ''}${people} ${people === 1 ? 'person' : 'people'}`
}
