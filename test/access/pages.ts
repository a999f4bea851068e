import { randomBytes } from 'node:crypto'
import type { Artifact, Audience, Role, Sharing, SharingUpdate, Version, VersionList } from '../../shared/api.ts'
import { newId } from '../../shared/ids.ts'
import type { TestApp } from '../app.ts'
import { type Cast, must, named, type Person } from './people.ts'

/** A page in every state that decides who sees what of it. */

/** One version, with words of its own that appear nowhere else: where they turn up, it is told of. */
export interface Edition {
  number: number
  words: string
  html: string
  query: string
}

export interface Page {
  name: string
  id: string
  /** How it is shared; `gone`: not at all any more, or it never was. */
  audience: Audience | 'elsewhere' | 'gone'
  pinned: number | null
  editions: readonly Edition[]
  versions: readonly Version[]
  /** How many ask to be let in. */
  waiting: number
  /** Whose it was; only they can take back that it was deleted. */
  deletedBy?: Person
  /** Another one in the same state, for a call that changes it. */
  again(): Promise<Page>
}

export const partOf = ({ parts }: Person, { audience }: Page): Role | undefined =>
  audience === 'gone' ? undefined : parts[audience]

/** What viewers see: the pinned version, else the latest. */
export const sharedNumber = ({ pinned, versions }: Page): number => pinned ?? versions.length
export const versionOf = (page: Page, number: number): Version =>
  must(page.versions.find(version => version.number === number))
export const seenBy = (part: Role, page: Page): Version =>
  versionOf(page, part === 'viewer' ? sharedNumber(page) : page.versions.length)

/** In common, and long enough that a delta is shorter. */
const filler = Array.from({ length: 60 }, (_, line) => `<p>Line ${line} of a report that is mostly the same.</p>`)

export function edition(number: number): Edition {
  const words = `words-${number}-${randomBytes(9).toString('hex')}`
  const html = `<!doctype html><title>Title ${words}</title><h1>${words}</h1>${filler.join('\n')}`
  return { number, words, html, query: new URLSearchParams({ note: `Note ${words}` }).toString() }
}

const shapes = (['private', 'people', 'org'] as const).flatMap(audience =>
  [null, 2].map(pinned => ({ audience, pinned })),
)

/**
 * Three versions by the owner, shared while there were two: a pin on the second hides the third, and nothing was ever
 * said of that. Somebody asks to be let in, where one has to.
 */
export async function makePage(
  app: TestApp,
  { ana, asker }: Pick<Cast, 'ana' | 'asker'>,
  shape: { audience: Audience; pinned: number | null },
): Promise<Page> {
  const { audience, pinned } = shape
  const editions = [1, 2, 3].map(edition)
  const id = await publishFirst(app, ana, must(editions[0]))
  await publishNext(app, ana, id, must(editions[1]))
  const update: SharingUpdate = { audience, ...named, version: pinned ?? 'latest' }
  await done(app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', ...ana.sends, json: update }))
  await publishNext(app, ana, id, must(editions[2]))
  const waiting = audience === 'org' ? 0 : 1
  if (waiting) await askedFor(app, { ana, asker }, id)
  const versions = await versionsOf(app, ana, id)
  const name = `${audience}, ${pinned === null ? 'latest' : `pinned to ${pinned}`}`
  const again = () => makePage(app, { ana, asker }, shape)
  return { name, id, audience, pinned, editions, versions, waiting, again }
}

/** Those that are there, in every shape, and those that nobody, or nobody here, can see. */
export async function makePages(app: TestApp, cast: Cast): Promise<Page[]> {
  const pages: Page[] = []
  for (const shape of shapes) pages.push(await makePage(app, cast, shape))
  pages.push(await makeDeleted(app, cast), await makeTheirs(app, cast))
  const gone = must(pages.at(-2))
  for (const [name, id] of [
    ['never there', newId('artifact', randomBytes)],
    ['no id at all', 'x'],
  ] as const) {
    const { deletedBy: _, ...rest } = gone
    pages.push({ ...rest, name, id })
  }
  return pages
}

async function makeDeleted(app: TestApp, cast: Cast): Promise<Page> {
  const page = await makePage(app, cast, { audience: 'org', pinned: null })
  await done(app.request(`/api/v1/artifacts/${page.id}`, { method: 'DELETE', ...cast.ana.sends }))
  const again = () => makeDeleted(app, cast)
  return { ...page, name: 'deleted', audience: 'gone', deletedBy: cast.ana, again }
}

async function makeTheirs(app: TestApp, cast: Cast): Promise<Page> {
  const page = await makePage(app, { ...cast, ana: cast.stranger }, { audience: 'org', pinned: null })
  return { ...page, name: "another organisation's", audience: 'elsewhere', again: () => makeTheirs(app, cast) }
}

async function publishFirst(app: TestApp, { sends }: Person, { html, query }: Edition): Promise<string> {
  const headers = { 'Content-Type': 'text/html' }
  const sent = { method: 'POST', ...sends, headers, body: html }
  return ((await (await done(app.request(`/api/v1/artifacts?${query}`, sent))).json()) as { id: string }).id
}

export async function publishNext(
  app: TestApp,
  { sends }: Person,
  id: string,
  { html, query }: Edition,
): Promise<void> {
  const headers = { 'Content-Type': 'text/html' }
  const sent = { method: 'POST', ...sends, headers, body: html }
  await done(app.request(`/api/v1/artifacts/${id}/versions?${query}`, sent))
}

async function sharingOf(app: TestApp, { sends }: Person, id: string): Promise<Sharing> {
  return (await (await done(app.request(`/api/v1/artifacts/${id}/sharing`, { ...sends }))).json()) as Sharing
}

export async function currentOf(app: TestApp, { sends }: Person, id: string): Promise<Artifact> {
  return (await (await done(app.request(`/api/v1/artifacts/${id}`, { ...sends }))).json()) as Artifact
}

async function versionsOf(app: TestApp, { sends }: Person, id: string): Promise<Version[]> {
  const answer = await done(app.request(`/api/v1/artifacts/${id}/versions`, { ...sends }))
  return ((await answer.json()) as VersionList).versions.toReversed()
}

/** Asks, and waits until that is kept: the answer comes before. */
export async function askedFor(app: TestApp, { ana, asker }: Pick<Cast, 'ana' | 'asker'>, id: string): Promise<void> {
  await done(app.request(`/api/v1/artifacts/${id}/access-requests`, { method: 'POST', ...asker.sends }))
  while ((await sharingOf(app, ana, id)).requests.length === 0) await new Promise(setImmediate)
}

export async function done(asked: Promise<Response>): Promise<Response> {
  const answer = await asked
  if (!answer.ok) throw new Error(`The stage was set up wrongly: ${answer.status} ${await answer.text()}`)
  return answer
}
