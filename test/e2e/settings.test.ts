import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import type { SettingsPatch } from '../../shared/admin.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, isSettled, openViewer, shownFrame } from './stage.ts'

const form = `<!doctype html><title>Survey</title><body style="height: 4000px">
<p style="margin-top: 900px"><input id="name"></p>`
const usual = { publishing: true, readableWhenOff: true, membersPublish: true, presence: true, viewTracking: true }
const presence = 'header .presence[title="2 people have this page open"]'
const closed = { publishing: false, readableWhenOff: false }

describe('settings of an organisation, on the pages that others have open', function () {
  this.timeout(180_000)
  let app: TestApp
  let browser: TestBrowser
  let ana: TestMember
  let ben: TestMember
  let url: string
  let tabs: Page[]
  before(async () => {
    app = await startTestApp()
    browser = await openBrowser('chromium')
    ana = await app.addMember('ana@acme.example')
    ben = await app.addMember('ben@acme.example')
    const page = await app.publish(form, { token: ana.token })
    url = page.url
    const json = { audience: 'org', people: [], groups: [], version: 'latest' }
    await app.request(`/api/v1/artifacts/${page.id}/sharing`, { method: 'PUT', token: ana.token, json })
  })
  after(async () => {
    await browser.close()
    await app.close()
  })
  beforeEach(() => {
    tabs = []
  })
  afterEach(async () => {
    for (const tab of tabs) await tab.browserContext().close()
    await set(usual)
  })

  async function set(json: SettingsPatch): Promise<void> {
    const answer = await app.request('/api/v1/admin/settings', { method: 'PATCH', token: app.owner.token, json })
    expect(answer.status).to.equal(200)
  }
  async function open({ member }: TestMember, address: string): Promise<Page> {
    const tab = await openViewer(browser, await app.signInLink(member), address)
    tabs.push(tab)
    return tab
  }
  async function openPage(person: TestMember): Promise<Page> {
    const tab = await open(person, url)
    await tab.waitForFunction(isSettled, {}, 1)
    return tab
  }
  const said = (tab: Page): Promise<string> => tab.evaluate(() => document.body.innerText)
  const says = (tab: Page, text: string) => eventually(async () => void expect(await said(tab)).to.contain(text))
  const isSilent = (tab: Page, text: string) =>
    eventually(async () => void expect(await said(tab)).to.not.contain(text))

  it('close them for a while: each comes back by itself, as it was left', async () => {
    const tab = await openPage(ben)
    const frame = await shownFrame(tab)
    await frame.evaluate(() => scrollTo(0, 500))
    await frame.click('#name')
    await tab.keyboard.type('half a name')
    await set(closed)
    await says(tab, 'Closed for now')
    expect(await said(tab)).to.not.contain('Survey')
    expect(await tab.title()).to.equal('Galley')
    expect(await tab.$eval('.frames', frames => getComputedStyle(frames).visibility)).to.equal('hidden')
    const late = await open(ben, url)
    await says(late, 'Closed for now')
    await set(usual)
    for (const each of [tab, late]) await each.waitForFunction(isSettled, {}, 1)
    expect(await tab.title()).to.contain('Survey')
    expect(await tab.$eval('.frames', frames => getComputedStyle(frames).visibility)).to.equal('visible')
    const again = await shownFrame(tab)
    expect(await again.$eval('#name', input => (input as HTMLInputElement).value)).to.equal('half a name')
    expect(await again.evaluate(() => scrollY)).to.be.greaterThan(400)
  })

  it('empty the lists meanwhile, and say why', async () => {
    const lists = await Promise.all([open(ana, app.url), open(ana, `${app.url}/?list=org`)])
    for (const list of lists) await says(list, 'Survey')
    await set(closed)
    for (const list of lists) {
      await says(list, 'Closed for now')
      await isSilent(list, 'Survey')
    }
    const late = await open(ana, app.url)
    await says(late, 'Closed for now')
    await set(usual)
    for (const list of [...lists, late]) await says(list, 'Survey')
  })

  it('say in the list why one cannot publish, in place of how to', async () => {
    const [list, empty] = [await open(ana, app.url), await open(ben, app.url)]
    await says(empty, 'Publish your first page')
    await set({ publishing: false })
    for (const each of [list, empty]) await says(each, 'Your organisation has switched publishing off.')
    await says(list, 'Survey')
    await isSilent(empty, 'Publish your first page')
    await set({ publishing: true, membersPublish: false })
    for (const each of [list, empty]) await says(each, 'Your role in this organisation does not include publishing.')
    await set(usual)
    await says(empty, 'Publish your first page')
    await isSilent(list, 'does not include publishing')
  })

  it('stop telling how many look, and who has looked', async () => {
    const author = await openPage(ana)
    const viewer = await openPage(ben)
    for (const tab of [author, viewer]) await tab.waitForSelector(presence)
    await author.click('.versions')
    await says(author, 'Seen by 1 person')
    await set({ presence: false, viewTracking: false })
    for (const tab of [author, viewer]) await tab.waitForSelector(presence, { hidden: true })
    await says(author, 'Who looks at pages is not kept in your organisation.')
    await isSilent(author, 'Seen by')
    await set(usual)
    for (const tab of [author, viewer]) await tab.waitForSelector(presence)
    await says(author, 'Seen by 1 person')
  })
})
