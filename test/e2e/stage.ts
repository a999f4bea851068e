import type { Frame, Page } from 'puppeteer-core'
import type { TestApp } from '../app.ts'
import { signInWith } from '../sign-in.ts'
import type { TestBrowser } from './browser.ts'

/** A page of ours in front of a viewer: published to a real server, open in a real browser. */
export interface Stage {
  page: Page
  /** Publishes the next version, and waits until the viewer page holds that one and a spare frame, and nothing else. */
  update(html: string): Promise<void>
  /** Publishes the next version and returns. */
  publish(html: string): Promise<number>
  /** Until this version is the one on the screen, and the swap is over. */
  settled(version: number): Promise<void>
  /** The document that the viewer sees at the moment. */
  frame(): Promise<Frame>
  close(): Promise<void>
}

/** How long a slow machine may take for what takes a moment. Milliseconds. */
const patience = 60_000

/** Publishes the first version, signs its owner in and opens it. @param hash `#section`, to open it there */
export async function openStage(app: TestApp, browser: TestBrowser, html: string, hash = ''): Promise<Stage> {
  const { id, url } = await app.publish(html)
  const page = await openViewer(browser, await app.signInLink(app.owner.member), url + hash)
  const publish = async (next: string) => (await app.publish(next, { to: id })).version
  const settled = async (version: number) => {
    await page.waitForFunction(isSettled, { timeout: patience }, version).catch(async () => {
      const said = await page.evaluate(() => document.body.innerText)
      throw new Error(`Version ${version} was not shown. The viewer page says: ${said.replaceAll(/\s+/g, ' ')}`)
    })
  }
  await settled(1)
  return {
    page,
    publish,
    settled,
    update: async next => settled(await publish(next)),
    frame: () => shownFrame(page),
    close: () => page.browserContext().close(),
  }
}

/** Opens a page in a tab of its own that is signed in. */
export async function openViewer(browser: TestBrowser, signInLink: string, url: string): Promise<Page> {
  const page = await browser.newPage()
  const [name = '', value = ''] = (await signInWith(signInLink)).split('=', 2)
  const { hostname: domain } = new URL(url)
  await page.browserContext().setCookie({ name, value, domain, path: '/', httpOnly: true, secure: true })
  await page.goto(url)
  return page
}

/** The document that the viewer sees, once the one before is gone. */
export async function shownFrame(page: Page): Promise<Frame> {
  await page.waitForFunction(() => document.querySelectorAll('iframe[data-state=shown]').length === 1)
  const element = await page.$('iframe[data-state=shown]')
  const frame = await element?.contentFrame()
  if (!frame) throw new Error('The viewer page shows no frame.')
  return frame
}

/** Whether this version is the one on the screen, and the swap is over. Runs in the browser. */
export function isSettled(version: number): boolean {
  const states = [...document.querySelectorAll('iframe')].map(frame => frame.dataset.state)
  const said = [...document.querySelectorAll('header *')].some(element => element.textContent === `version ${version}`)
  return said && states.sort().join() === 'shown,spare'
}

/** Repeats until it holds, and fails with what it last threw. */
export async function eventually(check: () => unknown, ms = patience): Promise<void> {
  const end = Date.now() + ms
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
}
