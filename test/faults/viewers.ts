import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { type LivePage, openLive } from '../../client/viewer/live.ts'
import type { View } from '../../client/viewer/view.ts'
import { isNewer, type Position } from '../../shared/events.ts'
import type { TestBrowser } from '../e2e/browser.ts'
import { eventually, isSettled, openViewer, shownFrame } from '../e2e/stage.ts'
import { faultyNetwork, tab } from '../viewer/network.ts'

/** What a viewer is to show. */
export interface Newest {
  number: number
  /** Of the page. */
  sha256: string
  /** A mark of it in the page, where it has one. */
  key: string
}

export interface Viewer {
  readonly artifactId: string
  /**
   * Resolves when it shows this and is told of more.
   * @param deadline milliseconds @throws Error when it does not come to show this by itself within that time
   */
  shows(newest: Newest, deadline: number): Promise<void>
  /** What it noticed that must never be. */
  readonly faults: readonly string[]
  close(): Promise<void>
}

/** All of the viewer but what draws: its connection, its machine, its downloads. */
export async function openNodeViewer(url: string, artifactId: string, cookie: string): Promise<Viewer> {
  const network = await faultyNetwork(url, cookie)
  const faults: string[] = []
  let told: Position | undefined
  let view: View | undefined
  let onScreen = ''
  const live: LivePage = openLive({
    artifactId,
    network: {
      ...network,
      openSocket() {
        const socket = network.openSocket()
        // What this connection says is ordered, whatever was said by those before.
        socket.onAny((name: string, body: Partial<Position>) => {
          if (body.epoch === undefined || body.rev === undefined) return
          const { epoch, rev } = body
          if (told?.epoch === epoch && rev < told.rev) faults.push(`${name} went back from ${told.rev} to ${rev}`)
          if (isNewer({ epoch, rev }, told)) told = { epoch, rev }
        })
        return socket
      },
    },
    life: tab(),
    frame: {
      show({ sha256, bytes }) {
        onScreen = createHash('sha256').update(bytes).digest('hex')
        setImmediate(() => live.shown(sha256))
      },
    },
  })
  live.subscribe(now => {
    const before = view?.number ?? 0
    if (now.number !== undefined && now.number < before) faults.push(`version ${now.number} came after ${before}`)
    view = now
  })
  return {
    artifactId,
    faults,
    async shows({ number, sha256 }, deadline) {
      const end = performance.now() + deadline
      while (view?.number !== number || onScreen !== sha256) {
        const { status, number: shown } = view ?? {}
        if (performance.now() > end) throw new Error(`A viewer is ${status} with version ${shown}, not ${number}.`)
        await sleep(20)
      }
      // It may have had that one before; and one that asked over HTTP has it before its socket is back.
      await eventually(() => {
        expect(view?.status).to.be.oneOf(['live', 'polling'])
      })
    },
    async close() {
      live.close()
      await network.close()
    },
  }
}

const typed = 'typed before it all'

/** A tab of a real browser, in which something was typed. */
export async function openTabViewer(
  browser: TestBrowser,
  signInLink: string,
  pageUrl: string,
  artifactId: string,
): Promise<Viewer> {
  const page: Page = await openViewer(browser, signInLink, pageUrl)
  await page.waitForFunction(isSettled, {}, 1)
  await (await shownFrame(page)).click('#typed')
  await page.keyboard.type(typed)
  return {
    artifactId,
    faults: [],
    async shows({ number, key }, deadline) {
      await page.waitForFunction(isSettled, { timeout: deadline }, number).catch(async () => {
        const said = await page.evaluate(() => document.body.innerText)
        throw new Error(`A tab does not show version ${number}. It says: ${said.replaceAll(/\s+/g, ' ')}`)
      })
      const shown = await (await shownFrame(page)).evaluate(() => ({
        key: document.querySelector('#key')?.textContent,
        typed: document.querySelector<HTMLInputElement>('#typed')?.value,
      }))
      expect(shown).to.deep.equal({ key, typed })
    },
    close: () => page.browserContext().close(),
  }
}
