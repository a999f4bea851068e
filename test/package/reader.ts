import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { openBrowser } from '../e2e/browser.ts'
import { eventually } from '../e2e/stage.ts'
import type { Account } from './npm.ts'

/** The person in front of a browser, which commands open as they open anyone's: by `$BROWSER`. */
export interface Reader {
  /** What the commands find in the environment. */
  env: Readonly<Record<string, string>>
  signIn(link: string): Promise<void>
  /** Waits until a command opens the next page. */
  follow(): Promise<void>
  /** Answers the question that a sign-in from a terminal asks. */
  approve(): Promise<void>
  /** Waits until this version of a page is on the screen. */
  sees(version: number, text: string): Promise<void>
  close(): Promise<void>
}

export async function openReader({ home }: Account): Promise<Reader> {
  const command = join(home, '.browser')
  const opened = join(home, '.opened')
  await writeFile(command, `#!/bin/sh\necho "$1" >> ${opened}\n`)
  await chmod(command, 0o755)
  await writeFile(opened, '')
  const browser = await openBrowser('chromium')
  const page = await browser.newPage()
  let followed = 0
  return {
    env: { BROWSER: command },
    async signIn(link) {
      await page.goto(link)
      const button = await page.waitForSelector('#with-link button:enabled')
      await Promise.all([page.waitForNavigation(), button?.click()])
    },
    async follow() {
      await eventually(async () => {
        const url = (await readFile(opened, 'utf8')).split('\n').slice(0, -1)[followed]
        if (url === undefined) throw new Error('No command has opened the browser.')
        await page.goto(url)
      })
      followed++
    },
    async approve() {
      await page.locator('::-p-aria([name="Approve"][role="button"])').click()
    },
    sees: (version, text) => eventually(() => isShown(page, version, text)),
    close: browser.close,
  }
}

async function isShown(page: Page, version: number, text: string): Promise<void> {
  const header = await page.$eval('header', element => element.textContent)
  const element = await page.$('iframe[data-state=shown]')
  const frame = await element?.contentFrame()
  const shown = await frame?.evaluate(() => document.body.innerText)
  if (!header?.includes(`version ${version}`) || !shown?.includes(text)) {
    throw new Error(`Version ${version} with “${text}” is not shown, but ${header}: ${shown}`)
  }
}
