import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Frame, Page } from 'puppeteer-core'
import { limits } from '../../shared/limits.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { engines, openBrowser, type TestBrowser } from './browser.ts'
import { eventually, openViewer } from './stage.ts'

for (const engine of engines) {
  describe(`Stills of pages, in ${engine}`, function () {
    this.timeout(120_000)
    let app: TestApp
    let browser: TestBrowser
    let ana: TestMember
    let page: Page

    before(async () => {
      ;[app, browser] = await Promise.all([startTestApp(), openBrowser(engine)])
    })
    after(async () => {
      await browser.close()
      await app.close()
    })
    beforeEach(async () => {
      ana = await app.addMember(`ana${Math.random()}@acme.example`)
    })
    afterEach(() => page.browserContext().close())

    const publish = async (html: string, to?: string): Promise<string> =>
      (await app.publish(html, { token: ana.token, ...(to !== undefined && { to }) })).id
    const open = async (width = 1280): Promise<void> => {
      page = await openViewer(browser, await app.signInLink(ana.member), app.url)
      await page.setViewport({ width, height: 720 })
      await page.waitForSelector('.state.live')
    }
    const stillOf = (id: string, state = '[data-drawn]') => `li[data-id="${id}"] .still${state}`
    const frameOf = async (id: string): Promise<Frame> => {
      await page.waitForSelector(stillOf(id))
      const frame = await (await page.$(`${stillOf(id)} iframe`))?.contentFrame()
      if (!frame) throw new Error('There is no still.')
      return frame
    }
    const textIn = (frame: Frame) => frame.evaluate(() => document.body.innerText.trim())

    it('show the page as it looks with its scripts off', async () => {
      const id = await publish(`<!doctype html><title>x</title><style>p { color: rgb(1, 2, 3) }</style><p id=p>Before
        <img width=20 height=20 src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>" onload="ran = 1" onerror="ran = 1">
        <script>ran = 1; document.querySelector('p').textContent = 'After'</script><noscript>No script</noscript>
        <iframe srcdoc="<script>top.postMessage('ran', '*')</script>inner"></iframe>`)
      await open()
      const frame = await frameOf(id)
      expect(await textIn(frame)).to.equal('Before')
      const found = await frame.evaluate(() => ({
        ran: 'ran' in window,
        scripts: document.scripts.length,
        frames: window.length,
        color: getComputedStyle(document.querySelector('p') ?? document.body).color,
        wide: innerWidth > 1000,
      }))
      expect(found).to.deep.equal({ ran: false, scripts: 0, frames: 0, color: 'rgb(1, 2, 3)', wide: true })
    })

    it('give way to the icon where only scripts would fill the page, and where it is too large', async () => {
      const empty = await publish('<div id=app></div><script>app.textContent = "x"</script>')
      const large = await publish(`<p>Large<!--${'x'.repeat(limits.stillBytes)}-->`)
      const drawing = await publish('<svg></svg><script>x</script>')
      const small = await publish('<p>Small')
      await open()
      await frameOf(small)
      // What shows nothing takes no room from others.
      await eventually(async () => void expect(await page.$$('.still iframe')).to.have.length(1), 10_000)
      expect(await page.$(`${stillOf(small)} iframe`)).not.to.equal(null)
      for (const id of [empty, large, drawing])
        expect(
          await page.$eval(`li[data-id="${id}"] .picture`, picture => (picture as HTMLElement).innerText),
        ).not.to.equal('')
    })

    it('follow the page, calmly, in the same document', async () => {
      const id = await publish('<p>One')
      await open()
      const frame = await frameOf(id)
      expect(await textIn(frame)).to.equal('One')
      for (const text of ['Two', 'Three', 'Four']) await publish(`<p>${text}`, id)
      const seen = new Set<string>()
      await eventually(async () => {
        seen.add(await textIn(frame))
        expect([...seen].at(-1)).to.equal('Four')
      })
      expect(seen.size, [...seen].join()).to.be.at.most(3)
      expect(await page.$$('.still iframe')).to.have.length(1)
    })

    it('are as many as allowed at most, of what is in sight', async () => {
      const ids: string[] = []
      for (let n = 0; n < 24; n++) ids.unshift(await publish(`<p>Page ${n}`))
      await open()
      await page.setViewport({ width: 1280, height: 2000 })
      const drawn = () =>
        page.$$eval('li', all => all.flatMap((row, n) => (row.querySelector('.still[data-drawn]') ? n : [])))
      await eventually(async () => void expect(await drawn()).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]), 10_000)
      await page.setViewport({ width: 1280, height: 600 })
      await page.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: 'instant' }))
      await eventually(async () => void expect(await drawn()).to.include.members([20, 21, 22, 23]), 10_000)
      expect(await page.$$('.still iframe')).to.have.length(limits.stills)
    })

    it('are in nobody’s way: no focus, no click, no word to those who do not see', async () => {
      const id = await publish('<input autofocus><a href="https://example.com">Away</a><button>Press</button>')
      await open()
      await frameOf(id)
      expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal('BODY')
      const frame = await page.$eval(`${stillOf(id)} iframe`, frame => ({
        inert: (frame as HTMLIFrameElement).inert,
        sandbox: frame.getAttribute('sandbox'),
        hidden: frame.closest('[aria-hidden=true]') !== null,
      }))
      expect(frame).to.deep.equal({ inert: true, sandbox: 'allow-scripts', hidden: true })
      const { x, y } = await page.$eval(stillOf(id), still => still.getBoundingClientRect().toJSON())
      await Promise.all([page.waitForNavigation(), page.mouse.click(x + 20, y + 20)])
      expect(page.url()).to.equal(`${app.url}/a/${id}`)
    })

    it('are not drawn on a phone', async () => {
      await publish('<p>One')
      await open(390)
      // Not as it was when it was still wide.
      await page.reload()
      await page.waitForSelector('.state.live')
      await sleep(1_000)
      expect(await page.$('.still iframe')).to.equal(null)
    })
  })
}
