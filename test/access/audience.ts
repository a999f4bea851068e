import { setTimeout as sleep } from 'node:timers/promises'
import type { Refusal, ServerToClient, WatchReply } from '../../shared/events.ts'
import { limits } from '../../shared/limits.ts'
import type { TestApp } from '../app.ts'
import { join, type Watcher } from '../live/watcher.ts'
import { refusalOf, rules } from './expected.ts'
import type { Page } from './pages.ts'
import type { Person } from './people.ts'

/** Everybody with a page open, and all that they are told. */

/** One person's connection, which keeps whatever it is told, by whatever name. */
export interface Listener {
  person: Person
  watcher: Watcher
  told: { name: string; body: Record<string, unknown> }[]
}

/** @throws the refusal of the CONNECT */
export async function listen(app: TestApp, person: Person): Promise<Listener> {
  const origin = person.sends.token === undefined ? app.url : null
  const watcher = await join(app.url, { ...person.sends, origin })
  const told: Listener['told'] = []
  watcher.socket.onAny((name: string, body: Record<string, unknown>) => void told.push({ name, body }))
  return { person, watcher, told }
}

export const refusedAtTheDoor = (app: TestApp, person: Person): Promise<string> =>
  listen(app, person).then(
    ({ watcher }) => {
      watcher.close()
      return 'let in'
    },
    (error: Error & { data?: Refusal }) => error.data?.code ?? error.message,
  )

/** What watches carries the page, so it needs what reading needs. */
export const mayListen = (person: Person, page: Page): boolean => refusalOf(person, page, rules.read) === undefined

export const codeOf = (reply: WatchReply): string => (reply.ok ? 'ok' : reply.code)

/** What was told of one page since `from`, in words: presence apart, which tells of others' coming and going. */
export const newsOf = ({ told }: Listener, { id }: Page): string[] =>
  told.filter(({ name, body }) => name !== 'presence' && body.artifactId === id).map(inWords)

function inWords({ name, body }: Listener['told'][number]): string {
  const { number, code, waiting, pinned, latest } = body
  const forPublishers = 'pinned' in body || 'latest' in body ? [`pinned ${pinned}`, `latest ${latest}`] : []
  return [name, number, code, waiting, ...forPublishers].filter(word => word !== undefined).join(' ')
}

/** Long enough that whatever is conflated has been told. */
const quiet = 2 * Math.max(limits.conflation, limits.galleryConflation)

/**
 * What happens, and who hears of it: each has been told as much as is wanted, and after a while still no more.
 * @returns what was told otherwise than wanted
 */
export async function hearing(
  listeners: readonly Listener[],
  act: () => Promise<unknown>,
  wanted: (listener: Listener) => { news: readonly (readonly [Page, string[]])[]; gallery: boolean },
): Promise<string[]> {
  for (const { told } of listeners) told.length = 0
  await act()
  const enough = (listener: Listener): boolean => {
    const { news, gallery } = wanted(listener)
    const isHinted = listener.told.some(({ name }) => name === 'gallery')
    return news.every(([page, words]) => newsOf(listener, page).length >= words.length) && (isHinted || !gallery)
  }
  const until = performance.now() + 10_000
  while (!listeners.every(enough) && performance.now() < until) await sleep(20)
  await sleep(quiet)
  return listeners.flatMap(listener => {
    const { news, gallery } = wanted(listener)
    const differences = news.flatMap(([page, words]) => {
      const heard = newsOf(listener, page).join(', ')
      return isAs(heard, words.join(', ')) ? [] : [`${page.name}: wanted "${words.join(', ')}", heard "${heard}"`]
    })
    const isHinted = listener.told.some(({ name }) => name === 'gallery')
    if (isHinted !== gallery) differences.push(`gallery: wanted ${gallery}, heard ${isHinted}`)
    return differences.map(difference => `${listener.person.name} · ${difference}`)
  })
}

/** T6: one that was not reading just then is told what is newest as a version, whatever of it is new. */
const isAs = (heard: string, wanted: string): boolean =>
  heard === wanted || (wanted.startsWith('artifact') && heard.replace(/^version \d+/, 'artifact') === wanted)

/** Of every event that a server can send, whether it is about one page. A new one has to be thought about here. */
export const events: Readonly<Record<keyof ServerToClient, 'page' | 'connection'>> = {
  version: 'page',
  artifact: 'page',
  revoked: 'page',
  ask: 'page',
  presence: 'page',
  requests: 'page',
  gallery: 'connection',
  drain: 'connection',
  settings: 'connection',
}
