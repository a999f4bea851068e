import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { type DeviceAuthorization, deviceClientId, deviceGrantType } from '../../shared/api.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { violationsOf } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'

describe('The page that lets a device in', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser
  let page: Page

  before(async () => {
    ;[app, browser] = await Promise.all([startTestApp(), openBrowser('chromium')])
  })
  after(async () => {
    await browser.close()
    await app.close()
  })
  beforeEach(async () => {
    page = await browser.newPage()
  })
  afterEach(() => page.browserContext().close())

  const form = (path: string, fields: Record<string, string>) =>
    app.request(`/api/v1/device/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: deviceClientId, ...fields }).toString(),
    })
  const authorize = async (name = 'lagoon') =>
    (await (await form('authorize', { device_name: name })).json()) as DeviceAuthorization
  /** What the device is told. */
  const outcome = async ({ device_code }: DeviceAuthorization): Promise<string> => {
    const answer = await form('token', { grant_type: deviceGrantType, device_code })
    const { error, access_token } = (await answer.json()) as { error?: string; access_token?: string }
    return error ?? (access_token ? 'a token' : 'nothing')
  }
  /** By the link of a member, and on to where that one wanted to go. */
  async function signIn(next: string): Promise<void> {
    const link = new URL(await app.signInLink(app.owner.member))
    link.searchParams.set('next', next)
    await page.goto(link.href)
    const button = await page.waitForSelector('#with-link button:enabled')
    await Promise.all([page.waitForNavigation(), button?.click()])
  }
  const shown = (id: string) => page.waitForSelector(`#${id}:not([hidden])`)
  const says = (selector: string, text: string) =>
    page.waitForFunction((at, wanted) => document.querySelector(at)?.textContent?.includes(wanted), {}, selector, text)
  const focused = () => page.evaluate(() => document.activeElement?.id)

  it('is where somebody signed out comes back to, with the code', async () => {
    const codes = await authorize()
    await page.goto(codes.verification_uri_complete)
    expect(new URL(page.url()).pathname).to.equal('/sign-in')
    const next = new URL(page.url()).searchParams.get('next') ?? ''
    await signIn(next)
    expect(page.url()).to.equal(codes.verification_uri_complete)
    await shown('asking')
    expect(await page.$eval('#shown-code', place => place.textContent)).to.equal(codes.user_code)
  })

  it('says what asks, from where, what it may do, as whom and until when; and decides nothing by itself', async () => {
    const codes = await authorize('<b>lagoon</b>')
    await signIn(`/device?code=${codes.user_code}`)
    await shown('asking')
    const facts = await page.$$eval('dl dd', all => all.map(each => each.textContent))
    const until = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long' })
    expect(facts.slice(0, 2)).to.deep.equal(['<b>lagoon</b>', '127.0.0.1'])
    expect(facts[2]).to.match(/^just now$|ago$/)
    expect(facts[3]).to.equal('olive (olive@acme.example), Acme')
    expect(facts[4]).to.match(/publish, share, rename and delete your pages.* and administer Acme/)
    expect(facts[5]).to.equal(until.format(new Date(Date.now() + 90 * 86_400_000)))
    await says('#asking', 'Only go on if you started this yourself')
    expect(await outcome(codes)).to.equal('authorization_pending')
  })

  it('lets it in by keyboard alone, however the code is typed, and once', async () => {
    const codes = await authorize()
    await signIn('/device')
    expect(await focused()).to.equal('code')
    await page.keyboard.type(codes.user_code.toLowerCase().replace('-', ' '))
    await page.keyboard.press('Enter')
    await shown('asking')
    expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Let this device in?')
    await page.keyboard.press('Tab')
    expect(await focused()).to.equal('approve')
    await page.keyboard.press('Enter')
    await says('#done', 'You can close this page and go back to your terminal.')
    expect(await focused()).to.equal('outcome')
    expect(page.url()).to.equal(`${app.url}/device`)
    expect(await outcome(codes)).to.equal('a token')

    await page.goto(codes.verification_uri_complete)
    await says('#wrong', 'This code was used before')
    expect(await focused()).to.equal('code')
  })

  it('keeps it out', async () => {
    const codes = await authorize()
    await signIn(`/device?code=${codes.user_code}`)
    await shown('asking')
    await page.click('#deny')
    await says('#done', 'Denied')
    expect(await outcome(codes)).to.equal('access_denied')
  })

  it('says what is wrong, and goes on when it is right', async () => {
    const codes = await authorize()
    await signIn('/device')
    await page.type('#code', 'BBBB')
    await page.keyboard.press('Enter')
    await says('#wrong', 'never was one')
    expect(await page.$eval('#code', input => input.getAttribute('aria-invalid'))).to.equal('true')

    await page.setOfflineMode(true)
    await page.keyboard.type(codes.user_code)
    await page.keyboard.press('Enter')
    await says('#wrong', 'The server could not be reached.')
    await page.setOfflineMode(false)
    await page.click('#entry button')
    await shown('asking')

    await page.setOfflineMode(true)
    await page.click('#approve')
    await says('#failed', 'The server could not be reached.')
    await page.setOfflineMode(false)
    await page.click('#approve')
    await shown('done')
    expect(await outcome(codes)).to.equal('a token')
  })

  it('takes back to the sign-in whoever was signed out meanwhile', async () => {
    const codes = await authorize()
    await signIn(`/device?code=${codes.user_code}`)
    await shown('asking')
    await page.evaluate(() => fetch('/api/v1/session', { method: 'DELETE' }))
    await Promise.all([page.waitForNavigation(), page.click('#approve')])
    const { pathname, searchParams } = new URL(page.url())
    expect(pathname).to.equal('/sign-in')
    expect(searchParams.get('next')).to.equal(`/device?code=${codes.user_code}`)
    expect(await outcome(codes)).to.equal('authorization_pending')
  })

  it('has nothing that axe objects to, in any state, in light and dark, wide and narrow', async () => {
    await page.setBypassCSP(true)
    await signIn('/device')
    for (const width of [1280, 390]) {
      for (const value of ['light', 'dark']) {
        await page.setViewport({ width, height: 844 })
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
        await page.goto(`${app.url}/device?code=wrong`)
        await shown('wrong')
        expect(await violationsOf(page), `entry ${width} ${value}`).to.deep.equal([])
        await page.goto(
          (await authorize('a-machine-with-quite-a-long-name.internal.example')).verification_uri_complete,
        )
        await shown('asking')
        expect(await violationsOf(page), `asking ${width} ${value}`).to.deep.equal([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).to.be.at.most(width)
        await page.click('#deny')
        await shown('done')
        expect(await violationsOf(page), `done ${width} ${value}`).to.deep.equal([])
      }
    }
  })
})
