import { expect } from 'chai'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Page } from 'puppeteer-core'
import type { Sharing } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { runGalley } from '../galley-process.ts'
import { type Organisations, startOrganisations } from '../provider/app.ts'
import { typeLogin } from '../provider/browser.ts'
import { violationsOf } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, shownFrame } from './stage.ts'

/** Sooner than a node looks at its sockets by itself: it was told. Milliseconds. */
const told = limits.reconcile / 2

describe('Signing in for an organisation', function () {
  this.timeout(90_000)
  let here: Organisations
  let browser: TestBrowser
  let tabs: Page[]
  /** How far the server's clock is ahead; it never goes back. */
  let ahead = 0
  /** The owner's, for as long as all of this takes by that clock. */
  let token: string
  /** Of everyone at Acme. */
  let id: string
  let url: string

  before(async () => {
    const clock = { now: () => Date.now() + ahead }
    ;[here, browser] = await Promise.all([startOrganisations({ clock }), openBrowser('chromium')])
    token = await here.app.createToken(here.app.owner.member, { expiresIn: limits.accessTokenMax / 1000 })
  })
  after(async () => {
    await browser.close()
    await here.close()
  })
  beforeEach(async () => {
    tabs = []
    ;({ id, url } = await here.app.publish('<title>Deploys</title><p>one', { token }))
    const json: Partial<Sharing> = { audience: 'org', people: [], groups: [], version: 'latest' }
    await here.app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token, json })
  })
  afterEach(() => Promise.all(tabs.map(page => page.browserContext().close())))

  const says = (page: Page, selector: string, text: string, timeout = 20_000) =>
    page.waitForFunction(
      (at, wanted) => document.querySelector(at)?.textContent?.includes(wanted),
      { timeout },
      selector,
      text,
    )
  const isLive = async (page: Page, text: string) => {
    await says(page, '.state', 'Live')
    await eventually(async () => {
      const shown = await (await shownFrame(page)).$eval('body', body => body.textContent)
      expect(shown).to.contain(text)
    }, 20_000)
  }
  /** A browser of its own. */
  async function open(to: string): Promise<Page> {
    const page = await browser.newPage()
    tabs.push(page)
    await page.goto(to)
    return page
  }
  async function signIn(login: string, to = url): Promise<Page> {
    const page = await open(to)
    await typeLogin(page, login)
    return page
  }
  const sessionOf = async (page: Page): Promise<string> =>
    (await page.cookies(url)).find(({ name }) => name === '__Host-galley')?.value ?? ''
  /** Who has an account at the provider is not asked for it again. */
  async function comeBack(page: Page): Promise<void> {
    await Promise.all([page.waitForNavigation(), page.click('.instead a.button')])
    expect(new URL(page.url()).pathname).to.equal('/sign-in')
    await Promise.all([page.waitForNavigation(), page.click('#without-link a.primary')])
    expect(page.url()).to.equal(url)
  }

  it('leads by the provider to the page that was asked for', async () => {
    const ada = await open(url)
    expect(new URL(ada.url()).origin).to.equal(here.provider.issuer)
    await typeLogin(ada, 'ada')
    expect(ada.url()).to.equal(url)
    await isLive(ada, 'one')
    await here.app.publish('<title>Deploys</title><p>two', { to: id, token })
    await isLive(ada, 'two')
    await ada.goto(`${here.app.url}/`)
    await says(ada, '.who', 'Ada Lovelace')
    await says(ada, '.who', 'Acme')
  })

  it('shows nothing of one organisation to another', async () => {
    const gus = await signIn('gus')
    await says(gus, '.instead h1', 'You can’t see this page')
    expect(await gus.$$('iframe')).to.have.length(0)
    expect(await gus.title()).to.equal('Galley')
    await gus.goto(`${here.app.url}/`)
    await says(gus, '.who', 'Globex')
    expect(await gus.$('li[data-id]')).to.equal(null)
  })

  it('is a page for those whose organisation is not set up, with a way to be somebody else', async () => {
    const uma = await signIn('uma')
    await says(uma, 'h1', 'Your organisation isn’t set up here')
    await Promise.all([uma.waitForNavigation(), uma.click('.actions a:nth-child(2)')])
    await typeLogin(uma, 'ada')
    await uma.waitForFunction(to => location.href === to, {}, url)
    await isLive(uma, 'one')
  })

  it('is cancelled on a page, and can be tried again from there', async () => {
    const ada = await open(url)
    await ada.waitForSelector('input[name=login]')
    await Promise.all([ada.waitForNavigation(), ada.click('a[href$="/abort"]')])
    await says(ada, 'h1', 'You are not signed in')
    await says(ada, 'main', 'The sign-in was cancelled.')
    await Promise.all([ada.waitForNavigation(), ada.click('.actions a')])
    await typeLogin(ada, 'ada')
    expect(ada.url()).to.equal(url)
  })

  it('is over after a month: open pages say so, and lead back', async () => {
    const ada = await signIn('ada')
    await isLive(ada, 'one')
    ahead += limits.session + 1000
    await says(ada, '.instead h1', 'You are signed out')
    expect(await ada.$$('iframe')).to.have.length(0)
    await comeBack(ada)
    await isLive(ada, 'one')
  })

  it('is over when its row is: open pages say so, and lead back', async () => {
    const ada = await signIn('ada')
    await isLive(ada, 'one')
    const { jti = '', org } = decodeJwt(await sessionOf(ada))
    await here.app.ground.store.transaction('any', tx => tx.revokeSession(String(org), jti, Date.now()))
    await says(ada, '.instead h1', 'You are signed out')
    await comeBack(ada)
  })

  it('goes on while the provider’s keys and Galley’s own change', async () => {
    const ada = await signIn('ada')
    await isLive(ada, 'one')
    const kid = async () => decodeProtectedHeader(await sessionOf(ada)).kid
    const before = await kid()
    await here.provider.rotateKeys()
    const rotated = await runGalley(['keys', 'rotate'], { GALLEY_DATA_DIR: here.app.dataDir })
    expect(rotated).to.include({ code: 0 })
    ahead += limits.sessionToken * 0.6
    await here.app.publish('<title>Deploys</title><p>two', { to: id, token })
    await isLive(ada, 'two')
    await ada.reload()
    await isLive(ada, 'two')
    expect(await kid())
      .to.equal(rotated.stdout.trim())
      .and.not.equal(before)
    const ben = await signIn('ben')
    await isLive(ben, 'two')
  })

  it('is nothing that the provider is needed for once it is done', async () => {
    const ada = await signIn('ada')
    await isLive(ada, 'one')
    await here.provider.stop()
    for (const minutes of [8, 16]) {
      ahead += 8 * 60_000
      await here.app.publish(`<title>Deploys</title><p>after ${minutes}`, { to: id, token })
      await isLive(ada, `after ${minutes}`)
      await ada.reload()
      await isLive(ada, `after ${minutes}`)
    }
    await here.provider.start()
    await isLive(await signIn('ben'), 'after 16')
  })

  it('ends in every tab at once, and does not lead back in by itself', async () => {
    const ada = await signIn('ada')
    await isLive(ada, 'one')
    const gallery = await ada.browserContext().newPage()
    await gallery.goto(`${here.app.url}/`)
    await gallery.bringToFront()
    await gallery.click('#sign-out')
    // In the background it draws nothing, and takes the page away all the same.
    await eventually(async () => {
      expect(await ada.$$('iframe')).to.have.length(0)
      expect(await ada.$eval('main', main => main.textContent)).to.contain('You are signed out')
    }, told)
    await says(gallery, 'h1', 'Sign in to Galley')
    expect(new URL(gallery.url()).pathname).to.equal('/sign-in')
    await ada.bringToFront()
    await comeBack(ada)
    await isLive(ada, 'one')
  })

  it('ends for who is removed where the data is, and they cannot come back', async () => {
    await here.provider.knows({ max: { email: 'max@acme.example', email_verified: true, name: 'Max', org: 'acme' } })
    const max = await signIn('max')
    await isLive(max, 'one')
    const env = { GALLEY_DATA_DIR: here.app.dataDir }
    const removed = await runGalley(['member', 'remove', 'max@acme.example', '--org', 'Acme'], env)
    expect(removed.code).to.equal(0)
    await says(max, '.instead h1', 'You are signed out', 2 * limits.reconcile)
    await Promise.all([max.waitForNavigation(), max.click('.instead a.button')])
    await Promise.all([max.waitForNavigation(), max.click('#without-link a.primary')])
    await says(max, 'h1', 'You are not let in')
    await says(max, 'main', 'You are no longer a member')
  })

  it('has pages that everybody can read, in light and in dark', async () => {
    const uma = await signIn('uma')
    const pages = [uma, await open(`${here.app.url}/sign-in`), await open(`${here.app.url}/sign-in/callback`)]
    for (const page of pages) {
      for (const value of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
        expect(await violationsOf(page), `${page.url()} ${value}`).to.deep.equal([])
      }
    }
  })
})
