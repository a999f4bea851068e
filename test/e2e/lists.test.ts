import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { violationsOf, violationsOnEach } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, openViewer } from './stage.ts'

describe('The lists of an organisation', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser
  let ana: TestMember
  let ben: TestMember
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
    // Of an organisation of their own: what everyone sees is not what another test has shared.
    const org = `Org ${members++}`
    ana = await app.addMember(`ana${members}@acme.example`, org)
    ben = await app.addMember(`ben${members}@acme.example`, org)
    opened = []
  })
  afterEach(async () => {
    for (const page of opened) await page.browserContext().close()
  })

  async function open({ member }: TestMember, path: string): Promise<Page> {
    const page = await openViewer(browser, await app.signInLink(member), app.url + path)
    opened.push(page)
    await page.waitForSelector('.state.live')
    return page
  }
  const publish = async (title: string, by: TestMember, to?: string): Promise<string> => {
    const query = `title=${encodeURIComponent(title)}`
    return (await app.publish(`<p>${Math.random()}`, { token: by.token, query, ...(to !== undefined && { to }) })).id
  }
  const share = async (id: string, by: TestMember, sharing: object): Promise<void> => {
    const json = { audience: 'private', people: [], groups: [], version: 'latest', ...sharing }
    const answer = await app.request(`/api/v1/artifacts/${id}/sharing`, { method: 'PUT', token: by.token, json })
    expect(answer.status).to.equal(200)
  }
  const withBen = () => ({ audience: 'people', people: [{ email: ben.member.email, role: 'viewer' }] })
  const titles = (page: Page): Promise<(string | null)[]> =>
    page.$$eval('.title', all => all.map(one => one.textContent))
  const shows = (page: Page, ...wanted: string[]): Promise<void> =>
    eventually(async () => void expect(await titles(page)).to.deep.equal(wanted), 10_000)
  const says = (page: Page, text: string) =>
    page.waitForFunction(wanted => document.querySelector('main')?.innerText.includes(wanted), {}, text)
  const current = (page: Page) => page.$eval('.lists [aria-current]', link => link.textContent)

  it('have what is shared, by whom, as it is shared and until it is not', async () => {
    const page = await open(ben, '/?list=shared')
    await says(page, 'Nothing is shared with you yet')
    const id = await publish('Deploys', ana)
    await share(id, ana, withBen())
    await shows(page, 'Deploys')
    await says(page, ana.member.name)
    await share(id, ana, {})
    await says(page, 'Nothing is shared with you yet')
    await share(id, ana, withBen())
    await shows(page, 'Deploys')
    await publish('All deploys', ana, id)
    await shows(page, 'All deploys')
    await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: ana.token })
    await shows(page)
  })

  it('say nothing of a version that a pin hides: neither by place nor by time', async () => {
    const pinned = await publish('Pinned', ana)
    const other = await publish('Other', ana)
    await share(pinned, ana, { ...withBen(), version: 1 })
    await share(other, ana, withBen())
    const page = await open(ben, '/?list=shared')
    await shows(page, 'Other', 'Pinned')
    // Without its picture, which is drawn whenever there is time for it.
    const rows = () =>
      page.$$eval('li', all =>
        all.map(row => {
          const told = row.cloneNode(true) as Element
          for (const each of told.querySelectorAll('time, .picture')) each.remove()
          return [told.innerHTML, row.querySelector('time')?.dateTime]
        }),
      )
    const before = await rows()
    await publish('Pinned', ana, pinned)
    // A change that is seen comes after it: what the hidden one would have moved, it has moved by now.
    await publish('Other', ana, other)
    await page.waitForFunction(() => document.querySelector('li')?.textContent?.includes('version 2'))
    expect((await rows())[1]).to.deep.equal(before[1])
    expect(await titles(page)).to.deep.equal(['Other', 'Pinned'])
    const own = await open(ana, '/')
    await says(own, 'Viewers see version 1')
  })

  it('tell an author, and nobody else, what will soon be deleted', async () => {
    const id = await publish('Deploys', ana)
    await share(id, ana, { audience: 'org' })
    const { orgId } = ana.member
    await app.ground.store.transaction(orgId, async tx =>
      tx.putSettings({ ...(await tx.settings(orgId)), retentionSharedDays: 5 }),
    )
    const [own, other] = [await open(ana, '/'), await open(ben, '/?list=org')]
    await shows(own, 'Deploys')
    await says(own, 'Will be deleted in 4 days')
    await shows(other, 'Deploys')
    expect(await other.$eval('main', main => main.innerText)).not.to.contain('deleted')
    expect(await violationsOf(own)).to.deep.equal([])
  })

  it('tell an owner who sees a page, and at once when somebody asks to', async () => {
    const id = await publish('Deploys', ana)
    const page = await open(ana, '/')
    await says(page, 'Private')
    await share(id, ana, { ...withBen(), groups: [{ name: 'team', role: 'viewer' }] })
    await says(page, '1 person, 1 group')
    await share(id, ana, { audience: 'org' })
    await says(page, `Everyone at Org`)
    await share(id, ana, {})
    await says(page, 'Private')
    await app.request(`/api/v1/artifacts/${id}/access-requests`, { method: 'POST', token: ben.token })
    await says(page, '1 asks to see it')
    await share(id, ana, withBen())
    await page.waitForSelector('.marks', { hidden: true })
  })

  it('are three, each with an address; Back leads to the one before', async () => {
    const mine = await publish('Mine', ana)
    await share(mine, ana, { audience: 'org' })
    await share(await publish('Theirs', ben), ben, { audience: 'org' })
    const page = await open(ana, '/')
    await shows(page, 'Mine')
    expect(await page.$$('[title=Delete]')).to.have.length(1)
    await page.evaluate(() => [...document.querySelectorAll<HTMLElement>('.lists a')].at(-1)?.click())
    await shows(page, 'Theirs', 'Mine')
    expect(page.url()).to.equal(`${app.url}/?list=org`)
    expect(await page.title()).to.match(/^Everyone at Org \d+ · Galley$/)
    await says(page, 'You')
    expect(await page.$$('[title=Delete]'), 'only what is one’s own').to.have.length(1)
    await page.goBack()
    await shows(page, 'Mine')
    expect(await current(page)).to.equal('Yours')
    await page.goto(`${app.url}/?list=shared`)
    await says(page, 'Nothing is shared with you yet')
    expect(await current(page)).to.equal('Shared with you')
  })

  it('are searched as one types, and sorted, by keyboard alone; a reload shows the same', async () => {
    for (const title of ['Beta', 'Alpha plan', 'Gamma', 'Plan B']) await publish(title, ana)
    const page = await open(ana, '/')
    await page.keyboard.press('/')
    await page.keyboard.type('plan')
    await shows(page, 'Plan B', 'Alpha plan')
    await page.waitForFunction(() => document.querySelector('.sr[aria-live]')?.textContent === '2 pages found')
    await publish('A third plan', ana)
    await shows(page, 'A third plan', 'Plan B', 'Alpha plan')
    await page.select('.sort select', 'title')
    await shows(page, 'A third plan', 'Alpha plan', 'Plan B')
    expect(page.url()).to.equal(`${app.url}/?q=plan&sort=title`)
    await page.reload()
    await shows(page, 'A third plan', 'Alpha plan', 'Plan B')
    await page.focus('.search input')
    await page.keyboard.type('x')
    await says(page, 'No title here has “planx” in it')
    await (await page.waitForSelector('.empty button'))?.click()
    await shows(page, 'A third plan', 'Alpha plan', 'Beta', 'Gamma', 'Plan B')
    expect(await page.$eval('.search input', input => (input as HTMLInputElement).value)).to.equal('')
  })

  it('are accessible, in light and dark, on a desk and on a phone', async () => {
    const violations: string[] = []
    await share(await publish('Everyone’s', ben), ben, { audience: 'org' })
    const pinned = await publish('Pinned', ben)
    await publish('Pinned', ben, pinned)
    await share(pinned, ben, { audience: 'people', people: [{ email: ana.member.email, role: 'editor' }], version: 1 })
    const asked = await publish('Asked for', ana)
    await app.request(`/api/v1/artifacts/${asked}/access-requests`, { method: 'POST', token: ben.token })
    await eventually(async () => {
      const answer = await app.request(`/api/v1/artifacts/${asked}`, { token: ana.token })
      expect(await answer.json()).to.have.property('waiting', 1)
    })
    const page = await open(ana, '/')
    for (const path of ['/', '/?list=shared', '/?list=org', '/?q=nothing', '/?list=shared&q=nothing']) {
      await page.goto(app.url + path)
      await page.waitForSelector('.state.live')
      violations.push(...(await violationsOnEach(page, path)))
    }
    expect(violations).to.deep.equal([])
  })
})
