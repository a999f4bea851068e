import { openBrowser } from '../e2e/browser.ts'
import type { Chance } from './chance.ts'
import { Kept } from './kept.ts'
import { type Line, largestTo, lineTo, Publishers } from './publishers.ts'
import { makeServer, type ServerProcess } from './server-process.ts'
import { openNodeViewer, openTabViewer, type Viewer } from './viewers.ts'

/** A server, those who publish to it, and those who look on. */
export interface Cast {
  server: ServerProcess
  chance: Chance
  publishers: Publishers
  /** What they publish, one line each. */
  lines: readonly Line[]
  /** What one of them publishes now and then, which takes long. */
  largest: Line
  kept: Kept
  viewers: readonly Viewer[]
  close(): Promise<void>
}

const html = ['text/html'] as const
const markdown = ['text/markdown'] as const
const either = [...html, ...markdown] as const

/** Five artifacts with viewers each: two in tabs of a real browser, the others in this process. */
export async function assemble(chance: Chance, nodeViewers: number): Promise<Cast> {
  const closing: (() => unknown)[] = []
  const close = async (): Promise<void> => {
    for (const step of closing.reverse()) await step()
  }
  const closed = <T extends { close(): unknown }>(opened: T): T => {
    closing.push(() => opened.close())
    return opened
  }
  try {
    const server = closed(await makeServer())
    await server.start()
    const { token, cookie, signInLink } = await server.addMember('ann@acme.example')
    const publishers = closed(new Publishers(server.url, token, chance))
    const make = async (types: Line['types']) => (await publishers.publish(lineTo(undefined, types))).answer?.id ?? ''
    const [one, two, large] = [await make(html), await make(html), await make(html)]
    const [text, both] = [await make(markdown), await make(either)]
    const browser = closed(await openBrowser('chromium'))
    const viewers = [closed(await openNodeViewer(server.url, large, cookie))]
    const watched = [one, two, text, both]
    for (let n = 1; n < nodeViewers; n++) {
      viewers.push(closed(await openNodeViewer(server.url, watched[n % watched.length] ?? both, cookie)))
    }
    for (const id of [one, two]) {
      viewers.push(await openTabViewer(browser, await signInLink(), `${server.url}/a/${id}`, id))
    }
    const lines = [lineTo(one, html), lineTo(two, html), lineTo(text, markdown), lineTo(both, either)]
    // Two at the same artifact, and one who makes new ones.
    lines.push(lineTo(both, either), lineTo(undefined, either))
    const kept = new Kept(server, token, chance)
    return { server, chance, publishers, lines, largest: largestTo(large), kept, viewers, close }
  } catch (error) {
    await close()
    throw error
  }
}
