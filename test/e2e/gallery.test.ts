import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { violationsOnEach } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, openViewer } from './stage.ts'

describe('The gallery', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser
  let ana: TestMember
  let members = 0
  let opened: Page[]

  before(async () => {
    ;[app, browser] = await Promise.all([startTestApp(), openBrowser('chromium')])
  })
  after(async () => {
    await browser.close()
    await app.close()
  })
  beforeEach(async () => {
    ana = await app.addMember(`ana${members++}@acme.example`)
    opened = []
  })
  afterEach(async () => {
    for (const page of opened) await page.browserContext().close()
  })

  /** A tab of its own session, with the list in it, live. */
  async function open(): Promise<Page> {
    const page = await openViewer(browser, await app.signInLink(ana.member), app.url)
    opened.push(page)
    await page.waitForSelector('.state.live')
    return page
  }
  const publish = async (title: string, to?: string): Promise<string> => {
    const query = `title=${encodeURIComponent(title)}`
    return (await app.publish(`<p>${Math.random()}`, { token: ana.token, query, ...(to !== undefined && { to }) })).id
  }
  const call = (method: string, path: string, json?: unknown) =>
    app.request(`/api/v1/artifacts/${path}`, { method, token: ana.token, ...(json !== undefined && { json }) })
  const titles = (page: Page): Promise<(string | null)[]> =>
    page.$$eval('.title', all => all.map(one => one.textContent))
  const shows = (page: Page, ...wanted: string[]): Promise<void> =>
    eventually(async () => void expect(await titles(page)).to.deep.equal(wanted), 10_000)
  const showsFirst = (page: Page, title: string): Promise<void> =>
    eventually(async () => void expect((await titles(page))[0]).to.equal(title), 10_000)
  const showsMany = (page: Page, count: number): Promise<void> =>
    eventually(async () => void expect(await titles(page)).to.have.length(count), 10_000)
  const says = (page: Page, selector: string, text: string) =>
    page.waitForFunction((at, wanted) => document.querySelector(at)?.textContent?.includes(wanted), {}, selector, text)
  const row = (id: string, part = '') => `li[data-id="${id}"] ${part}`
  /** Once rows stand still: a click while they move may be meant for another one, and is not taken. */
  const clickDelete = async (page: Page, id: string): Promise<void> => {
    await sleep(400)
    await page.click(row(id, '[title=Delete]'))
  }
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim())

  it('shows at once, in two tabs, what is published, renamed, deleted and brought back', async () => {
    const tabs = [await open(), await open()] as const
    await says(tabs[0], 'h2', 'Publish your first page')
    await says(tabs[0], 'pre', `galley login ${app.url}`)
    const first = await publish('Deploys')
    await publish('Revenue')
    for (const tab of tabs) await shows(tab, 'Revenue', 'Deploys')
    await publish('Deploys', first)
    for (const tab of tabs) await shows(tab, 'Deploys', 'Revenue')
    await says(tabs[1], row(first), 'version 2')
    await says(tabs[1], row(first), 'Private')
    await says(tabs[1], row(first), 'just now')
    await call('PATCH', first, { title: 'All deploys', icon: '🚢' })
    for (const tab of tabs) await shows(tab, 'All deploys', 'Revenue')
    await says(tabs[0], row(first, '.icon'), '🚢')

    await clickDelete(tabs[0], first)
    for (const tab of tabs) await shows(tab, 'Revenue')
    await says(tabs[0], '.notice', 'All deploys was deleted.')
    expect(await tabs[1].$('.notice')).to.equal(null)
    await tabs[0].click('.undo')
    for (const tab of tabs) await shows(tab, 'All deploys', 'Revenue')
    expect(await tabs[0].$('.notice')).to.equal(null)
  })

  it('marks what has changed and nothing that was there', async () => {
    const first = await publish('One')
    const second = await publish('Two')
    const page = await open()
    expect(await page.$$('.wash')).to.have.length(0)
    await publish('One', first)
    await page.waitForSelector(row(first, '.wash'))
    expect(await page.$(row(second, '.wash'))).to.equal(null)
  })

  it('leads to a page, and gives its address away at a click', async () => {
    const id = await publish('Deploys')
    const page = await open()
    await page.browserContext().overridePermissions(app.url, ['clipboard-read', 'clipboard-sanitized-write'])
    await page.click(row(id, '[title="Copy link"]'))
    await page.waitForSelector(row(id, '[title=Copied]'))
    expect(await page.evaluate(() => navigator.clipboard.readText())).to.equal(`${app.url}/a/${id}`)
    await Promise.all([page.waitForNavigation(), page.click(row(id, 'a'))])
    expect(page.url()).to.equal(`${app.url}/a/${id}`)
  })

  it('shows a hostile title as the text it is', async () => {
    const title = '<img src=x onerror="document.title=1"><script>alert(1)</script>'
    const id = await publish(title)
    const page = await open()
    await shows(page, title)
    await clickDelete(page, id)
    await says(page, '.notice', '<img src=x')
    expect(await page.$$('img')).to.have.length(0)
    expect(await page.title()).to.equal('Yours · Galley')
  })

  it('says when a page was updated, ever anew, and to the second when hovered', async () => {
    await publish('Deploys')
    const page = await open()
    await says(page, 'time', 'just now')
    await says(page, 'time', '5 s ago')
    const { title, dateTime } = await page.$eval('time', ({ title, dateTime }) => ({ title, dateTime }))
    expect(title).to.equal(await page.evaluate(at => new Date(at).toLocaleString(), dateTime))
  })

  it('keeps place and focus while rows above and below change places', async () => {
    const ids: string[] = []
    for (let n = 0; n < 45; n++) ids.push(await publish(`Page ${n}.`))
    const page = await open()
    // On a phone, where each of them is a line of its own.
    await page.setViewport({ width: 390, height: 700 })
    const looked = ids[20] ?? ''
    await page.$eval(row(looked), element => element.scrollIntoView({ block: 'center', behavior: 'instant' }))
    await page.focus(row(looked, '[title="Copy link"]'))
    const top = () => page.$eval(row(looked), element => Math.round(element.getBoundingClientRect().top))
    const before = await top()
    // From below it, from above it, and one that is new.
    const moved: [title: string, id?: string | undefined][] = [['From below', ids[2]], ['From above', ids[40]], ['New']]
    for (const [title, id] of moved) {
      await publish(title, id)
      await showsFirst(page, title)
      await sleep(400)
      expect(await top(), title).to.equal(before)
    }
    expect(await page.evaluate(() => document.activeElement?.closest('li')?.dataset.id)).to.equal(looked)
    // Also the focus of the very row that moves.
    await publish('Looked at', looked)
    await showsFirst(page, 'Looked at')
    expect(await page.evaluate(() => document.activeElement?.closest('li')?.dataset.id)).to.equal(looked)
  })

  it('moves rows so that one sees them go, unless less motion is wanted', async () => {
    const first = await publish('One')
    await publish('Two')
    const page = await open()
    await page.evaluate(() => {
      const moves: string[] = []
      Object.assign(window, { moves })
      Element.prototype.animate = new Proxy(Element.prototype.animate, {
        apply(animate, element: HTMLElement, given) {
          moves.push(element.dataset.id ?? '')
          return Reflect.apply(animate, element, given)
        },
      })
    })
    const moves = () => page.evaluate(() => (window as unknown as { moves: string[] }).moves)
    await publish('One', first)
    await shows(page, 'One', 'Two')
    expect(await moves())
      .to.include(first)
      .and.have.length(2)
    await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }])
    await publish('Three')
    await shows(page, 'Three', 'One', 'Two')
    expect(await moves()).to.have.length(2)
  })

  it('is used by keyboard alone: deletes, takes that back, and leaves the focus where one was', async () => {
    const ids = [await publish('Three'), await publish('Two'), await publish('One')]
    const page = await open()
    await page.focus('#sign-out')
    // The search, three lists, the sort, and three stops for each page: its still is none.
    for (let n = 0; n < 11; n++) await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).to.equal('Delete Two')
    await page.keyboard.press('Enter')
    await shows(page, 'One', 'Three')
    expect(await focused(page)).to.equal('Undo')
    await page.keyboard.press('Enter')
    await shows(page, 'One', 'Two', 'Three')
    expect(await page.evaluate(() => document.activeElement?.closest('li')?.dataset.id)).to.equal(ids[1])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await shows(page, 'One', 'Three')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.notice', { hidden: true })
    expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal('A')
  })

  it('offers to undo for a while, and for as long as it is pointed at', async () => {
    const [gone, kept] = [await publish('Gone'), await publish('Kept')]
    const page = await open()
    // Of the ten seconds a tenth is enough here.
    await page.evaluate(offered => {
      window.setTimeout = new Proxy(window.setTimeout, {
        apply(set, self, [call, ms]) {
          return Reflect.apply(set, self, [call, ms === offered ? ms / 10 : ms])
        },
      })
    }, limits.undoOffered)
    await clickDelete(page, gone)
    await page.hover('.notice')
    await sleep(1_500)
    expect(await page.$('.notice')).not.to.equal(null)
    await page.hover(row(kept))
    await page.waitForSelector('.notice', { hidden: true, timeout: 5_000 })
    await shows(page, 'Kept')
  })

  it('shows older pages when asked, and stays live with them', async () => {
    const ids: string[] = []
    for (let n = 1; n <= 55; n++) ids.push(await publish(`Page ${n}.`))
    const page = await open()
    expect(await titles(page)).to.have.length(50)
    await page.click('.older button')
    await showsMany(page, 55)
    expect(await page.$('.older')).to.equal(null)
    await publish('Page 1, again', ids[0])
    await showsFirst(page, 'Page 1, again')
    expect(await titles(page)).to.have.length(55)
  })

  it('is over when one signs out in another tab, with nothing left to read', async () => {
    await publish('Secret')
    const page = await open()
    await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }))
    await says(page, 'h1', 'You are signed out')
    expect(await page.$eval('body', body => body.innerText))
      .not.to.contain('Secret')
      .and.not.contain('Acme')
    expect(await page.$eval('main a', link => link.getAttribute('href'))).to.equal('/sign-in?next=%2F')
  })

  it('says that it is offline, and catches up by itself', async () => {
    await publish('One')
    const page = await open()
    await page.setOfflineMode(true)
    await says(page, '.state', 'Offline')
    await publish('Two')
    await page.setOfflineMode(false)
    await shows(page, 'Two', 'One')
    await says(page, '.state', 'Live')
  })

  it('survives a restart of the server: says so, and catches up by itself', async () => {
    const first = await publish('One')
    const page = await open()
    await app.restart()
    await publish('One', first)
    await publish('Two')
    await shows(page, 'Two', 'One')
    await says(page, row(first), 'version 2')
    await says(page, '.state', 'Live')
  })

  it('is accessible, in light and dark, on a desk and on a phone', async () => {
    const violations: string[] = []
    const page = await open()
    const look = async (where: string) => void violations.push(...(await violationsOnEach(page, where)))
    await look('empty')
    const id = await publish('Deploys')
    await publish('תקרית 4711 · a-title-that-has-no-end'.repeat(5).slice(0, 200))
    await showsMany(page, 2)
    // What has just changed is marked, and that fades.
    await sleep(3_200)
    await look('list')
    await clickDelete(page, id)
    await page.hover('.notice')
    await sleep(400)
    await look('deleted')
    await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }))
    await says(page, 'h1', 'You are signed out')
    await look('signed out')
    expect(violations).to.deep.equal([])
  })
})
