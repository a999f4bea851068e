import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { startTestApp, type TestApp } from '../app.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, openStage, type Stage } from './stage.ts'

const html = (line: string): string => `<!doctype html><title>Report</title><p>${line}`

/** What happens to a tab beside what its viewer does in the page. */
describe('The life of a viewer’s tab', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser
  let stage: Stage
  let page: Page

  before(async () => {
    ;[app, browser] = await Promise.all([startTestApp(), openBrowser('chromium')])
  })
  after(async () => {
    await browser.close()
    await app.close()
  })
  beforeEach(async () => {
    stage = await openStage(app, browser, html('one'))
    page = stage.page
    await page.evaluate(() => {
      const numbers = ['1']
      Object.assign(window, { numbers })
      new MutationObserver(() => {
        const number = document.querySelector('.facts')?.textContent?.match(/version (\d+)/)?.[1]
        if (number !== undefined && number !== numbers.at(-1)) numbers.push(number)
      }).observe(document.body, { subtree: true, childList: true, characterData: true })
    })
  })
  afterEach(() => stage.close())

  /** The numbers of the versions that this document showed. */
  const numbers = () => page.evaluate(() => Reflect.get(window, 'numbers') as string[] | undefined)
  const says = (text: string) =>
    page.waitForFunction(wanted => document.querySelector('.state')?.textContent?.includes(wanted), {}, text)

  it('D6: notes what is newest while another is in front, and shows that once when it is looked at', async () => {
    const other = await page.browserContext().newPage()
    await other.bringToFront()
    expect(await page.evaluate(() => document.hidden)).to.equal(true)
    for (const line of ['two', 'three', 'four']) await stage.publish(html(line))
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(await numbers()).to.deep.equal(['1'])
    await page.bringToFront()
    await stage.settled(4)
    expect(await numbers()).to.deep.equal(['1', '4'])
    expect(await (await stage.frame()).evaluate(() => document.body.innerText)).to.equal('four')
  })

  it('C5: hears nothing while it is put aside, and is current again when it is taken out', async () => {
    // The page is served with no-store, which keeps Chromium from putting it aside by itself.
    await page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
    await stage.publish(html('two'))
    await new Promise(resolve => setTimeout(resolve, 500))
    expect(await numbers()).to.deep.equal(['1'])
    await page.evaluate(() => void dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
    await stage.settled(2)
    await says('Live')
  })

  it('is on the newest version when its viewer left and comes back', async () => {
    await page.goto(`${app.url}/`)
    await stage.publish(html('two'))
    await page.goBack()
    await stage.settled(2)
  })

  it('C2: says that there is no network, and catches up when it is back', async () => {
    await page.setOfflineMode(true)
    await says('Offline')
    await stage.publish(html('two'))
    await page.setOfflineMode(false)
    await stage.settled(2)
    await says('Live')
  })

  it('N4, C6: is on the newest version by itself after its server was started again', async () => {
    await app.restart()
    await stage.publish(html('two'))
    await eventually(async () => {
      expect(await numbers()).to.deep.equal(['1', '2'])
    }, 15_000)
    await says('Live')
  })
})
