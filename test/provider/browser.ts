import type { Page } from 'puppeteer-core'

/** Types this login where the provider asks for one, and goes where that leads. Any password will do. */
export async function typeLogin(page: Page, login: string): Promise<void> {
  await page.waitForSelector('input[name=login]')
  await page.type('input[name=login]', login)
  await page.type('input[name=password]', 'any')
  await Promise.all([page.waitForNavigation(), page.click('button[type=submit]')])
}
