import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Frame, Page } from 'puppeteer-core'
import { startTestApp, type TestApp } from '../app.ts'
import { violationsOnEach } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { openViewer, shownFrame } from './stage.ts'

describe('The viewer', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser

  before(async () => {
    ;[app, browser] = await Promise.all([startTestApp(), openBrowser('chromium')])
  })
  after(async () => {
    await browser.close()
    await app.close()
  })

  /** A tab signed in as the owner, at this path. */
  const open = async (path: string): Promise<Page> =>
    openViewer(browser, await app.signInLink(app.owner.member), app.url + path)
  async function openPage(html: string, query = ''): Promise<{ page: Page; id: string; frame: Frame }> {
    const { id } = await app.publish(html, { query })
    const page = await open(`/a/${id}`)
    return { page, id, frame: await shownFrame(page) }
  }
  const says = (page: Page, selector: string, text: string) =>
    page.waitForFunction((at, wanted) => document.querySelector(at)?.textContent?.includes(wanted), {}, selector, text)

  describe('signs in', () => {
    it('by a click on a link that works once, and leaves no secret behind', async () => {
      const page = await browser.newPage()
      const link = await app.signInLink(app.owner.member)
      await page.goto(link)
      expect(page.url()).to.equal(`${app.url}/sign-in`)
      const { name, email } = app.owner.member
      await says(page, '#whose', `Sign in as ${name} (${email}), Acme.`)
      await page.click('#with-link button')
      await says(page, 'h1', 'Pages')
      expect(page.url()).to.equal(`${app.url}/`)

      await page.goto(link)
      await says(page, '#refused', 'used already')
      await says(page, '#refused', 'galley member link')
      await page.close()
    })

    it('and goes on to the page that was asked for', async () => {
      const { id } = await app.publish('<p>asked for')
      const page = await browser.newPage()
      const link = new URL(await app.signInLink(app.owner.member))
      link.searchParams.set('next', `/a/${id}`)
      await page.goto(link.href)
      await page.click('#with-link button')
      await says(page, '.state', 'Live')
      expect(page.url()).to.equal(`${app.url}/a/${id}`)
      await page.close()
    })

    it('out again, from the list of pages', async () => {
      const page = await open('/')
      await page.click('#sign-out')
      await page.waitForFunction(() => location.pathname === '/sign-in')
      await page.goto(`${app.url}/`)
      expect(new URL(page.url()).pathname).to.equal('/sign-in')
      await page.close()
    })
  })

  describe('shows', () => {
    it('whose page this is, which version and how old, and follows it', async () => {
      const { page, id } = await openPage('<title>Deploys</title><p>one', `icon=${encodeURIComponent('🚢')}`)
      await says(page, '.header .title', 'Deploys')
      await says(page, '.header .icon', '🚢')
      await says(page, '.author', 'olive')
      await says(page, '.facts', 'version 1')
      await says(page, '.facts', 'updated')
      await says(page, '.state', 'Live')
      expect(await page.title()).to.equal('Deploys')
      expect(await tabIconOf(page)).to.contain('🚢')

      await app.publish('<title>Deploys, later</title><p>two', { to: id, query: `icon=${encodeURIComponent('🔥')}` })
      await says(page, '.facts', 'version 2')
      await says(page, '[aria-live]', 'Updated to version 2')
      expect(await page.title()).to.equal('Deploys, later')
      expect(await tabIconOf(page)).to.contain('🔥')
      expect(await textOf(page)).to.equal('two')
      await page.close()
    })

    it('a hostile title as the text it is', async () => {
      const title = '<img src=x onerror="document.title=1"></title><script>alert(1)</script>'
      const { page } = await openPage('<p>x', `title=${encodeURIComponent(title)}`)
      await says(page, '.header .title', title)
      expect(await page.title()).to.equal(title)
      expect(await page.$$('.header img')).to.have.length(0)
      await page.close()
    })

    it('the same for a page that is not there and for one that is not shared', async () => {
      const { token } = await app.addMember('sam@acme.example')
      const { id } = await app.publish('<p>theirs', { token })
      const texts: (string | null)[] = []
      for (const other of [id, 'cart_0000000000000000000000']) {
        const page = await open(`/a/${other}`)
        await says(page, '.instead h1', 'You can’t see this page')
        await says(page, '.identity', 'Signed in as olive@acme.example (Acme).')
        texts.push(await page.$eval('body', body => body.textContent))
        expect(await page.title()).to.equal('Galley')
        await page.close()
      }
      expect(texts[0]).to.equal(texts[1])
    })

    it('that a page was deleted, and takes it off the screen', async () => {
      const { page, id } = await openPage('<p>x')
      await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: app.owner.token })
      await says(page, '.instead h1', 'This page was deleted')
      expect(await page.$$('iframe')).to.have.length(0)
      await page.close()
    })

    it('that the viewer signed out in another tab, and where to sign in', async () => {
      const { page, id } = await openPage('<p>x')
      await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }))
      await says(page, '.instead h1', 'You are signed out')
      expect(await page.$$('iframe')).to.have.length(0)
      expect(await page.$eval('.instead a', link => link.getAttribute('href'))).to.equal(
        `/sign-in?next=${encodeURIComponent(`/a/${id}`)}`,
      )
      await page.close()
    })

    it('that there is no network, beside the page that is there', async () => {
      const { page } = await openPage('<p>still here')
      await page.setOfflineMode(true)
      await says(page, '.state', 'Offline')
      await says(page, '.beside', 'This is version 1')
      expect(await textOf(page)).to.equal('still here')
      await page.setOfflineMode(false)
      await says(page, '.state', 'Live')
      await page.close()
    })
  })

  describe('asks', () => {
    const links = `<a id=out href="https://аррӏе.com/a?b=c" style="font-size:30px">out</a>
      <a id=script href="javascript:alert(1)">script</a>`

    it('before a link leads out: whole host, nothing to trace it by, focus back where it was', async () => {
      const { page, frame } = await openPage(links)
      await click(frame, '#out')
      await page.waitForSelector('dialog[open]')
      expect(await page.$eval('.target', target => target.textContent)).to.equal('xn--80ak6aa92e.com')
      expect(await page.$eval('.url', url => url.textContent)).to.equal('https://xn--80ak6aa92e.com/a?b=c')
      expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Cancel')
      await page.keyboard.press('Escape')
      await page.waitForSelector('dialog', { hidden: true })
      expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal('IFRAME')

      await sleep(1_100)
      await click(frame, '#out')
      const opened = new Promise<Page | null>(resolve => page.once('popup', resolve))
      await (await page.waitForSelector('dialog .primary'))?.click()
      const tab = await opened
      expect(await page.$('dialog')).to.equal(null)
      expect(tab?.url()).not.to.contain(app.url)
      await tab?.close()
      await page.close()
    })

    it('nothing about a link that leads nowhere a person could judge', async () => {
      const { page, frame } = await openPage(links)
      await click(frame, '#script')
      await sleep(300)
      expect(await page.$('dialog')).to.equal(null)
      await page.close()
    })

    it('nothing that nobody clicked for, and nothing more of who refuses again and again', async () => {
      const { page, frame } = await openPage(`<button id=any>Any</button><script>
        const ask = () => Object.assign(document.createElement('a'), { href: 'https://example.com/' }).click()
        setTimeout(() => setInterval(ask, 100), 9_000)
      </script>`)
      // To the browser whatever a test evaluates is something the viewer did, for the next 5 s.
      await sleep(10_000)
      expect(await page.$('dialog')).to.equal(null)

      await click(frame, '#any')
      for (let refused = 0; refused < 3; refused++) {
        const cancel = await page.waitForSelector('dialog[open] .choices button')
        await cancel?.click()
        await page.waitForSelector('dialog', { hidden: true })
      }
      await says(page, '.beside', 'asks too much')
      await sleep(1_500)
      expect(await page.$('dialog')).to.equal(null)
      await page.close()
    })

    it('before a file is saved, with a name that is only a name, and warns of one that runs', async () => {
      const { page, frame } = await openPage(`<button id=csv>CSV</button><button id=exe>EXE</button><script>
        const save = (name, text) => {
          const a = document.createElement('a')
          a.href = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
          a.download = name
          a.click()
        }
        csv.onclick = () => save('board.csv', 'a,b')
        exe.onclick = () => save('../gpj\\u202e.exe', 'MZ')
      </script>`)
      const folder = await mkdtemp(join(tmpdir(), 'galley-saved-'))
      const session = await page.createCDPSession()
      await session.send('Browser.setDownloadBehavior', {
        behavior: 'allow',
        downloadPath: folder,
        browserContextId: page.browserContext().id ?? '',
      })
      await click(frame, '#exe')
      await says(page, 'dialog .target', 'gpj.exe')
      await says(page, 'dialog .warning', 'Careful')
      await page.click('dialog .choices button')
      await sleep(1_100)

      await click(frame, '#csv')
      await says(page, 'dialog', '3 bytes · text/csv')
      expect(await page.$('dialog .warning')).to.equal(null)
      await page.click('dialog .primary')
      while (!(await readdir(folder)).includes('board.csv')) await sleep(50)
      expect(await readFile(join(folder, 'board.csv'), 'utf8')).to.equal('a,b')
      await rm(folder, { recursive: true })
      await page.close()
    })
  })

  describe('prints', () => {
    const sheetsOf = async (page: Page): Promise<number> => {
      const pdf = Buffer.from(await page.pdf({ format: 'A4', margin: { top: 38, bottom: 38, left: 38, right: 38 } }))
      return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0
    }
    /** What the button leads to, up to the browser's own dialog. */
    const pressPrint = async (page: Page): Promise<void> => {
      await page.evaluate(() => {
        window.print = () => document.documentElement.setAttribute('data-printing', '')
      })
      await page.click('.print')
      await page.waitForSelector('[data-printing]')
    }
    const heightTold = (page: Page) =>
      page.waitForFunction(
        () =>
          Number.parseInt(
            document
              .querySelector('#viewer')
              ?.getAttribute('style')
              ?.match(/page-height: (\d+)/)?.[1] ?? '0',
            10,
          ) > 5_000,
      )

    it('a long table on as many sheets as it needs, and nothing around it', async () => {
      const rows = Array.from({ length: 300 }, (_, n) => `<tr><td>row ${n}`).join('')
      const { page } = await openPage(`<table cellpadding=0 cellspacing=0 style="line-height:30px">${rows}</table>`)
      await heightTold(page)
      await pressPrint(page)
      // 9,000 px and the body's margins, on sheets of 1,046 px.
      expect(await sheetsOf(page)).to.equal(9)
      await page.close()
    })

    it('running text whole, though it is longer on a sheet than on the screen', async () => {
      const text = Array.from({ length: 6_000 }, (_, n) => `word${n}`).join(' ')
      const { page } = await openPage(`<p style="font:20px/30px monospace">${text}`)
      await page.setViewport({ width: 1400, height: 700 })
      await heightTold(page)
      const byMenu = await sheetsOf(page)
      await pressPrint(page)
      const byButton = await sheetsOf(page)
      // 12 px a letter, 9 letters a word and its space: some 6 to a line of 702 px, so 1,000 lines of 30 px.
      expect(byButton).to.be.within(27, 33)
      expect(byMenu).to.be.at.least(byButton - 1)
      await page.close()
    })
  })

  it('is accessible, in light and dark, on a desk and on a phone', async () => {
    const { page, frame, id } = await openPage('<title>Page</title><p><a id=out href="https://example.com">out</a>')
    const violations: string[] = []
    const look = async (where: string) => void violations.push(...(await violationsOnEach(page, where)))
    await says(page, '.state', 'Live')
    await look('viewer')
    await click(frame, '#out')
    await page.waitForSelector('dialog[open]')
    await look('dialog')
    await page.goto(`${app.url}/`)
    await look('home')
    await page.goto(`${app.url}/nothing`)
    await look('not found')
    await page.goto(await app.signInLink(app.owner.member))
    await page.waitForSelector('#whose:not([hidden])')
    await look('sign-in with a link')
    await page.goto(`${app.url}/a/cart_0000000000000000000000`)
    await says(page, '.identity', 'olive')
    await look('no access')
    await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }))
    await page.goto(`${app.url}/a/${id}`)
    await look('sign-in')
    expect(violations).to.deep.equal([])
    await page.close()
  })
})

const textOf = async (page: Page): Promise<string | undefined> =>
  (await shownFrame(page)).$eval('p', paragraph => paragraph.textContent?.trim())

/** By the mouse, as a person: scripts cannot make a click that the page may act on. */
const click = (frame: Frame, selector: string): Promise<void> => frame.locator(selector).click()

const tabIconOf = (page: Page): Promise<string> =>
  page.$eval('link[rel=icon]', link => decodeURIComponent((link as HTMLLinkElement).href))
