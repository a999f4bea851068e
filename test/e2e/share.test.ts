import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { updateOf } from '../../client/viewer/share/edits.ts'
import type { Sharing } from '../../shared/api.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { violationsOnEach } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, openViewer, shownFrame } from './stage.ts'

describe('Sharing, in front of people', function () {
  this.timeout(90_000)
  let app: TestApp
  let browser: TestBrowser
  let ben: TestMember
  let id: string
  let url: string
  let tabs: Page[]

  before(async () => {
    ;[app, browser] = await Promise.all([startTestApp(), openBrowser('chromium')])
    ben = await app.addMember('ben@acme.example')
    await app.addMember('cleo@acme.example')
  })
  after(async () => {
    await browser.close()
    await app.close()
  })
  beforeEach(async () => {
    tabs = []
    ;({ id, url } = await app.publish('<title>Deploys</title><p>one'))
  })
  afterEach(() => Promise.all(tabs.map(page => page.browserContext().close())))

  async function open({ member }: TestMember): Promise<Page> {
    const page = await openViewer(browser, await app.signInLink(member), url)
    tabs.push(page)
    return page
  }
  /** Another tab of the same browser. */
  async function beside(page: Page): Promise<Page> {
    const other = await page.browserContext().newPage()
    await other.goto(url)
    return other
  }
  const path = () => `/api/v1/artifacts/${id}`
  const sharing = async (): Promise<Sharing> =>
    (await (await app.request(`${path()}/sharing`, { token: app.owner.token })).json()) as Sharing
  /** As the owner would elsewhere: in a terminal, in another tab. */
  async function share(change: Partial<Sharing>): Promise<void> {
    const json = updateOf({ ...(await sharing()), ...change })
    const answer = await app.request(`${path()}/sharing`, { method: 'PUT', token: app.owner.token, json })
    expect(answer.status).to.equal(200)
  }
  const named = (email: string, role: 'viewer' | 'editor' = 'viewer') => ({ email, name: email, role, pending: false })
  async function openDialog(page: Page): Promise<void> {
    await says(page, '.state', 'Live')
    await page.click('header .share')
    await page.waitForSelector('dialog.sharing .picker input')
  }
  const focused = (page: Page) =>
    page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent)
  const entries = (page: Page) => page.$$eval('.people .entry', found => found.map(entry => entry.textContent))

  it('lets somebody in who is found by a few letters, by keyboard alone, and puts them out again', async () => {
    const [olive, his] = [await open(app.owner), await open(ben)]
    await says(his, '.instead h1', 'You can’t see this page')
    await says(olive, '.state', 'Live')
    await olive.focus('header .share')
    await olive.keyboard.press('Enter')
    await olive.waitForSelector('dialog.sharing .picker input')
    await olive.focus('.picker input')
    await olive.keyboard.type('be')
    await says(olive, '[role=option][aria-selected=true]', 'ben@acme.example')
    // The list closes, and the dialog does not.
    await olive.keyboard.press('Escape')
    await olive.waitForSelector('[role=listbox]', { hidden: true })
    await olive.keyboard.press('ArrowDown')
    await says(olive, '[role=option][aria-selected=true]', 'ben@acme.example')
    await olive.keyboard.press('Enter')
    await says(olive, '.foot [role=status]', 'ben can open it now.')
    expect((await sharing()).people.map(({ email, role }) => [email, role])).to.deep.equal([
      ['ben@acme.example', 'viewer'],
    ])
    expect((await sharing()).audience).to.equal('people')

    await his.bringToFront()
    await his.reload()
    await says(his, '.facts', 'version 1')
    await says(his, '.author', 'Shared by olive')
    expect(await his.$('header .share')).to.equal(null)

    await olive.bringToFront()
    await olive.keyboard.press('Backspace')
    await says(olive, '.leaving', 'ben loses access now.')
    expect(await focused(olive)).to.equal('Remove')
    await olive.keyboard.press('Escape')
    expect(await focused(olive)).to.equal('Add people, groups or addresses')
    await olive.keyboard.press('Backspace')
    await olive.keyboard.press('Enter')
    await says(his, '.instead h1', 'You can’t see this page')
    expect(await his.$$('iframe')).to.have.length(0)
    expect(await his.title()).to.equal('Galley')
    expect((await sharing()).people).to.deep.equal([])

    await olive.keyboard.press('Escape')
    await olive.waitForSelector('dialog', { hidden: true })
    expect(await focused(olive)).to.equal('Share')
  })

  it('invites an address that nobody has yet, and a group, and makes an editor', async () => {
    const olive = await open(app.owner)
    await openDialog(olive)
    const add = async (text: string, offer: string) => {
      await olive.type('.picker input', text)
      await says(olive, '[role=option]', offer)
      if (offer.includes('nobody')) await olive.keyboard.press('ArrowDown')
      await says(olive, '[role=option][aria-selected=true]', offer)
      await olive.keyboard.press('Enter')
    }
    await add('Dora@acme.example', 'Invite dora@acme.example')
    await add('Design', 'A group that nobody is in yet')
    await add('cleo', 'cleo@acme.example')
    await eventually(async () => {
      expect(await entries(olive)).to.have.length(4)
    })
    expect((await entries(olive)).join()).to.contain('Has not signed in yet')
    await olive.select('[aria-label="What cleo may do"]', 'editor')
    await says(olive, '.foot [role=status]', 'cleo may publish new versions now.')
    const { people, groups } = await sharing()
    expect(people.map(({ email, role, pending }) => [email, role, pending])).to.have.deep.members([
      ['dora@acme.example', 'viewer', true],
      ['cleo@acme.example', 'editor', false],
    ])
    expect(groups).to.deep.equal([{ name: 'Design', role: 'viewer' }])
    await olive.type('.picker input', 'dora@acme.example')
    await says(olive, '.picker .hint', 'On the list already.')
  })

  it('widens and narrows, having said what that does', async () => {
    const [olive, his] = [await open(app.owner), await open(ben)]
    await openDialog(olive)
    const words = (audience: string) => olive.$eval(`#audience-${audience}`, element => element.textContent)
    expect(await words('org')).to.equal('All members can open it from now on.')
    await press(olive, '.choice button', 'Everyone at Acme')
    await says(olive, '.foot [role=status]', 'Everyone at Acme can open it now.')
    expect(await words('private')).to.equal('Everyone else at Acme loses access now.')
    await his.reload()
    await says(his, '.facts', 'version 1')
    await press(olive, '.choice button', 'Only you')
    await says(his, '.instead h1', 'You can’t see this page')
  })

  it('keeps viewers on a version, moves them to another, and lets them follow again', async () => {
    await app.publish('<title>Deploys</title><p>two', { to: id, query: 'note=Second+thoughts' })
    await app.publish('<title>Deploys</title><p>three', { to: id })
    await share({ audience: 'org' })
    const [olive, his] = [await open(app.owner), await open(ben)]
    await says(his, '.facts', 'version 3')
    await openDialog(olive)
    await says(olive, '#which', 'Switched off, they stay on version 3.')
    await olive.click('[role=switch]')
    await says(olive, '.chosen', 'Sharing version 3')
    await app.publish('<title>Later</title><p>four', { to: id })
    await says(olive, '.facts', 'You see version 4viewers see version 3')
    await olive.click('.chosen')
    await says(olive, '.versions .choice', 'Second thoughts')
    await press(olive, '.versions .choice button', 'Version 2')
    await says(his, '.facts', 'version 2')
    await his.bringToFront()
    await reads(his, 'two')
    expect(await his.title()).to.equal('Deploys')
    await olive.bringToFront()
    await says(olive, '#which', 'Viewers stay on version 2. Switched on, they see version 4 at once.')
    await olive.click('[role=switch]')
    await says(his, '.facts', 'version 4')
    expect((await sharing()).version).to.equal('latest')
    await olive.keyboard.press('Escape')
    await share({ version: 1 })
    await press(olive, '.facts button', 'viewers see version 1')
    await says(olive, '.chosen', 'Sharing version 1')
  })

  it('is asked for on the closed page, answered with one click, and opens by itself', async () => {
    const [olive, his] = [await open(app.owner), await open(ben)]
    await says(his, '.identity', 'Signed in as ben@acme.example (Acme).')
    await press(his, '.instead button', 'Request access')
    await says(his, '.answer', 'Asked. This page opens by itself when the owner lets you in.')
    await says(olive, '.share .badge', '1')
    await openDialog(olive)
    await says(olive, '.requests', 'ben@acme.example')
    await press(olive, '.requests button', 'Allow as editor')
    await olive.waitForFunction(() => !document.querySelector('.requests, .badge'))
    expect((await sharing()).people.map(({ role }) => role)).to.deep.equal(['editor'])
    expect(await olive.evaluate(() => document.querySelector('dialog')?.contains(document.activeElement))).to.equal(
      true,
    )
    await his.bringToFront()
    await says(his, '.facts', 'version 1')
    await reads(his, 'one')
  })

  it('follows the role that somebody has been given, and counts who is here', async () => {
    await share({ audience: 'people', people: [named('ben@acme.example', 'editor')], version: 1 })
    await app.publish('<title>Deploys</title><p>two', { to: id })
    const [olive, his] = [await open(app.owner), await open(ben)]
    await says(his, '.facts', 'You see version 2viewers see version 1')
    expect(await his.$('.facts button')).to.equal(null)
    await says(olive, '.presence', '2 people here')
    await share({ people: [named('ben@acme.example', 'viewer')] })
    await says(his, '.facts', 'version 1')
    expect(await his.$eval('.facts', facts => facts.textContent)).to.not.contain('viewers see')
    await share({ people: [named('ben@acme.example', 'editor')] })
    await says(his, '.facts', 'You see version 2')
    await his.close()
    await olive.waitForFunction(() => !document.querySelector('.presence'))
  })

  it('shows in one tab what was changed in another, and loses neither change', async () => {
    const olive = await open(app.owner)
    const other = await beside(olive)
    await openDialog(other)
    await olive.bringToFront()
    await openDialog(olive)
    await olive.type('.picker input', 'ben')
    await says(olive, '[role=option]', 'ben@acme.example')
    await olive.keyboard.press('Enter')
    await says(other, '.people', 'ben@acme.example')
    await other.bringToFront()
    await other.type('.picker input', 'cleo')
    await says(other, '[role=option]', 'cleo@acme.example')
    await other.keyboard.press('Enter')
    await says(olive, '.people', 'cleo@acme.example')
    expect((await sharing()).people).to.have.length(2)
  })

  it('takes back what could not be kept, and says why', async () => {
    const olive = await open(app.owner)
    await openDialog(olive)
    await olive.setOfflineMode(true)
    await press(olive, '.choice button', 'Everyone at Acme')
    await says(olive, 'dialog [role=alert]', 'That was not changed. Galley could not be reached.')
    expect(await olive.$eval('.choice [aria-pressed=true]', button => button.textContent)).to.contain('Only you')
    await olive.setOfflineMode(false)
    expect((await sharing()).audience).to.equal('private')
  })

  it('copies the link', async () => {
    const olive = await open(app.owner)
    await olive
      .browserContext()
      .overridePermissions(app.url, ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write'])
    await openDialog(olive)
    await olive.click('.copy')
    await says(olive, '.copy', 'Copied')
    expect(await olive.evaluate(() => navigator.clipboard.readText())).to.equal(url)
  })

  it('is accessible, in light and dark, on a desk and on a phone', async () => {
    await app.publish('<title>Deploys</title><p>two', { to: id, query: 'note=Second+thoughts' })
    await share({
      audience: 'people',
      people: [named('cleo@acme.example', 'editor'), named('dora@acme.example')],
      groups: [{ name: 'Design', role: 'viewer' }],
      version: 1,
    })
    const [olive, his] = [await open(app.owner), await open(ben)]
    await press(his, '.instead button', 'Request access')
    await says(his, '.answer', 'Asked.')
    await says(his, '.identity', 'ben')
    await openDialog(olive)
    await says(olive, '.requests', 'ben')
    const violations = await violationsOnEach(his, 'no access')
    violations.push(...(await violationsOnEach(olive, 'dialog')))
    await olive.click('.chosen')
    await says(olive, '.versions .choice', 'Second thoughts')
    await olive.click('[aria-label="Remove cleo"]')
    violations.push(...(await violationsOnEach(olive, 'versions, removal')))
    await olive.type('.picker input', 'b')
    await says(olive, '[role=option]', 'ben')
    violations.push(...(await violationsOnEach(olive, 'suggestions')))
    expect(violations).to.deep.equal([])
  })
})

const says = async (page: Page, selector: string, text: string): Promise<void> => {
  await page
    .waitForFunction(
      (at, wanted) => [...document.querySelectorAll(at)].some(element => element.textContent?.includes(wanted)),
      // A tab behind another one draws no frames, and so would never look.
      { timeout: 20_000, polling: 50 },
      selector,
      text,
    )
    .catch(async () => {
      const said = await page.evaluate(() => document.body.innerText)
      throw new Error(`${selector} never said "${text}". The page says: ${said.replaceAll(/\s+/g, ' ')}`)
    })
}

/** In the page itself, once the swap is over. */
const reads = (page: Page, text: string): Promise<void> =>
  eventually(async () => {
    expect(await (await shownFrame(page)).$eval('p', p => p.textContent?.trim())).to.equal(text)
  })

/** The button that has this text. */
const press = async (page: Page, selector: string, text: string): Promise<void> => {
  await says(page, selector, text)
  for (const button of await page.$$(selector)) {
    if ((await button.evaluate(element => element.textContent))?.includes(text)) return button.click()
  }
}
