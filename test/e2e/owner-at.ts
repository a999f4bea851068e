import type { Page } from 'puppeteer-core'
import type { AuditPage, AuditRow } from '../../shared/admin.ts'
import type { TestApp } from '../app.ts'
import type { TestBrowser } from './browser.ts'
import { openViewer } from './stage.ts'

/** An owner before the pages of administration, in a real browser. */
export interface OwnerAt {
  page: Page
  /** Until these words are on the screen. */
  says(words: string): Promise<void>
  /** The button of that name, as a screen reader has it. */
  press(name: string): Promise<void>
  /** The switch of that name. */
  flip(name: string): Promise<void>
  /** What is typed into the field of that name, in place of what was there. */
  fill(name: string, text: string): Promise<void>
  /** What the API answers the owner. */
  ask<T>(path: string): Promise<T>
  /** What the audit log has of a type, newest first. */
  recorded(type: string): Promise<AuditRow[]>
}

export async function ownerAt(app: TestApp, browser: TestBrowser, path = '/admin'): Promise<OwnerAt> {
  const page = await openViewer(browser, await app.signInLink(app.owner.member), app.url + path)
  const find = async (name: string, role: string) => {
    const found = await page.waitForSelector(`main ::-p-aria([name="${name}"][role="${role}"])`)
    if (!found) throw new Error(`There is no ${role} called ${name}.`)
    return found
  }
  const ask = async <T>(path: string): Promise<T> => {
    const answer = await app.request(`/api/v1${path}`, { token: app.owner.token })
    return (await answer.json()) as T
  }
  return {
    page,
    async says(words) {
      await page
        .waitForFunction(
          wanted => document.querySelector('main')?.innerText.includes(wanted),
          { timeout: 15_000 },
          words,
        )
        .catch(async () => {
          const said = await page.$eval('main', main => main.innerText)
          throw new Error(`Nowhere on the screen: ${words}. It says: ${said.replaceAll(/\s+/g, ' ')}`)
        })
    },
    press: async name => (await find(name, 'button')).click(),
    flip: async name => (await find(name, 'switch')).click(),
    async fill(name, text) {
      const field = await find(name, 'textbox')
      await field.click({ count: 3 })
      await page.keyboard.press('Delete')
      await field.type(text)
    },
    ask,
    recorded: async type => (await ask<AuditPage>(`/admin/audit?type=${type}`)).rows,
  }
}
