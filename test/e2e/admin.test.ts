import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import type { SettingsView } from '../../shared/admin.ts'
import { adminAddress, adminSections } from '../../shared/admin-sections.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { runOn } from '../database-shell.ts'
import { violationsOnEach } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { type OwnerAt, ownerAt } from './owner-at.ts'
import { openViewer } from './stage.ts'

const day = 24 * 60 * 60 * 1000

describe('Administration in the browser', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser
  let page: Page
  let owner: OwnerAt
  let says: OwnerAt['says']
  let press: OwnerAt['press']
  let flip: OwnerAt['flip']
  let member: TestMember

  before(async () => {
    browser = await openBrowser('chromium')
  })
  after(() => browser.close())
  beforeEach(async () => {
    app = await startTestApp()
    member = await app.addMember('ada@acme.example')
  })
  afterEach(async () => {
    await page.browserContext().close()
    await app.close()
  })

  const open = async (path?: string): Promise<void> => {
    owner = await ownerAt(app, browser, path)
    ;({ page, says, press, flip } = owner)
  }
  const settings = async () => (await owner.ask<SettingsView>('/admin/settings')).settings
  const recorded = (type: string) => owner.recorded(type)
  const focused = () => page.evaluate(() => document.activeElement?.textContent)
  const publish = (by: TestMember) =>
    app.request('/api/v1/artifacts?title=Plan', {
      method: 'POST',
      token: by.token,
      headers: { 'Content-Type': 'text/html' },
      body: '<p>x',
    })

  it('is for owners: others are not let in, and are not led to it', async () => {
    page = await openViewer(browser, await app.signInLink(member.member), `${app.url}/`)
    await page.waitForSelector('.state.live')
    expect(await page.$('a[href="/admin"]')).to.equal(null)
    for (const path of [...adminSections.map(adminAddress), '/admin/none']) {
      const answer = await page.goto(app.url + path)
      expect(answer?.status(), path).to.equal(403)
      expect(await page.$eval('main', main => main.innerText)).to.contain('Only an owner')
    }
  })

  it('is reached from the gallery, and Back leads from section to section', async () => {
    await open('/')
    await page.waitForSelector('.state.live')
    await Promise.all([page.waitForNavigation(), page.click('a[href="/admin"]')])
    await says('Who publishes')
    await Promise.all([page.waitForNavigation(), page.click('a[href="/admin/retention"]')])
    await says('Private pages')
    expect(await page.title()).to.equal('Retention · Galley')
    await page.goBack()
    await says('Who publishes')
    expect((await page.goto(`${app.url}/admin/none`))?.status()).to.equal(404)
  })

  it('says what ending all publishing does, asks again, and does it', async () => {
    await publish(member)
    await open()
    await flip('Publishing')
    await says('Nobody can publish any more, you included; 2 members may today.')
    await says('1 page stays open')
    expect((await settings()).publishing, 'before it is saved').to.equal(true)
    await press('Save …')
    expect(await focused()).to.equal('Cancel')
    await press('Switch publishing off')
    await says('Publishing is off.')
    expect((await publish(member)).status).to.equal(403)
    const [row] = await recorded('galley_settings_updated')
    expect(row?.details).to.deep.equal({ previous_publishing: true, new_publishing: false })
    expect(row?.actor.id).to.equal(app.owner.member.id)
    await press('Undo')
    await says('2 members can publish again.')
    await press('Save')
    await says('Publishing is on.')
    expect((await publish(member)).status).to.equal(201)
    expect(await recorded('galley_settings_updated')).to.have.length(2)
  })

  it('does nothing that is not saved', async () => {
    await open()
    await flip('Every member may publish')
    await says('1 member who may publish today will not be able to.')
    await press('Cancel')
    await flip('Publishing')
    await press('Save …')
    await page.keyboard.press('Escape')
    await page.waitForSelector('.preview', { hidden: true })
    expect(await settings()).to.include({ publishing: true, membersPublish: true })
    expect(await recorded('galley_settings_updated')).to.deep.equal([])
  })

  for (const [title, name] of [
    ['Pages stay open while publishing is off', 'readableWhenOff'],
    ['Every member may publish', 'membersPublish'],
    ['How many look at a page now', 'presence'],
    ['Who has looked, for authors', 'viewTracking'],
  ] as const) {
    it(`switches ${name} off and on, each recorded once`, async () => {
      await open()
      for (const on of [false, true]) {
        await flip(title)
        await press('Save')
        await page.waitForSelector('.saved')
        expect((await settings())[name]).to.equal(on)
      }
      expect((await recorded('galley_settings_updated')).map(row => row.details)).to.deep.equal([
        { [`previous_${name}`]: false, [`new_${name}`]: true },
        { [`previous_${name}`]: true, [`new_${name}`]: false },
      ])
    })
  }

  it('says how many pages a period deletes before it is saved, and nothing of what it does not', async () => {
    const old = await app.publish('<p>old')
    await app.publish('<p>new')
    const then = Date.now() - 40 * day
    runOn(app.dataDir, `update artifacts set kept_from = ${then} where id = '${old.id}'`)
    runOn(app.dataDir, `update versions set created_at = ${then} where artifact_id = '${old.id}'`)
    await open('/admin/retention')
    const days = await page.waitForSelector('main ::-p-aria(Private pages: days after the last publish)')
    await days?.click({ count: 3 })
    await days?.type('0')
    await says('Give a whole number of days')
    await days?.click({ count: 3 })
    await days?.type('41')
    await says('No private page is that old')
    await days?.press('Backspace')
    await days?.press('Backspace')
    await days?.type('30')
    await says('1 private page to which nobody has published for 30 days will be deleted at the next run')
    await press('Save …')
    await press('Delete 1 page')
    await says('Saved. Private pages are kept for 30 days. Shared pages are kept.')
    expect(await settings()).to.include({ retentionPrivateDays: 30, retentionSharedDays: null })
    expect(await recorded('galley_settings_updated')).to.have.length(1)
    // Another visit shows what holds.
    await page.reload()
    await page.waitForSelector('.period')
    expect(await page.$eval('.period input[type=text]', input => (input as HTMLInputElement).value)).to.equal('30')
  })

  it('restores what was deleted', async () => {
    await open('/admin/deleted')
    await says('Nothing is deleted')
    const { id } = await app.publish('<p>x', { query: 'title=Lost', token: member.token })
    await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: member.token })
    await page.reload()
    await says('Lost')
    await says('erased in 23 hours')
    await press('Restore Lost')
    await says('Restored.')
    expect((await app.request(`/api/v1/artifacts/${id}`, { token: member.token })).status).to.equal(200)
    expect(await recorded('galley_artifact_restored')).to.have.length(1)
  })

  it('goes on through a list that is longer than a page', async () => {
    for (let n = 0; n < 60; n++) {
      const { id } = await app.publish('<p>x', { query: `title=Page${n}` })
      await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: app.owner.token })
    }
    await open('/admin/deleted')
    await page.waitForSelector('.row')
    expect((await page.$$('.row')).length).to.be.below(60)
    await press('More deleted pages')
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 60)
    await page.waitForSelector('.older', { hidden: true })
  })

  it('keeps what was chosen while the server cannot be reached, and goes on', async () => {
    await open()
    await flip('Every member may publish')
    await says('will not be able to')
    await page.setOfflineMode(true)
    await press('Save')
    await says('Galley could not be reached.')
    await page.setOfflineMode(false)
    await press('Save')
    await page.waitForSelector('.saved')
    expect((await settings()).membersPublish).to.equal(false)
  })

  it('says so when its owner is signed out, and goes on once they are back', async () => {
    await open()
    await flip('Every member may publish')
    await says('will not be able to')
    const cookies = await page.browserContext().cookies()
    await page.browserContext().deleteCookie(...cookies)
    await press('Save')
    await says('You are signed out.')
    await page.browserContext().setCookie(...cookies)
    await press('Save')
    await page.waitForSelector('.saved')
    await page.waitForSelector('.amiss', { hidden: true })
  })

  it('ends for who is no longer an owner', async () => {
    await open()
    await flip('Every member may publish')
    await says('will not be able to')
    const cookie = await app.signIn(app.owner.member)
    for (const [id, role] of [
      [member.member.id, 'owner'],
      [app.owner.member.id, 'member'],
    ]) {
      const path = `/api/v1/admin/members/${id}`
      expect((await app.request(path, { method: 'PATCH', cookie, json: { role } })).status).to.equal(200)
    }
    await press('Save')
    await says('You are no longer an owner')
    expect(await page.$('.setting')).to.equal(null)
  })

  it('is used by keyboard alone', async () => {
    await open()
    await page.waitForSelector('.setting')
    const tabTo = async (text: string): Promise<void> => {
      for (let n = 0; n < 40; n++) {
        await page.keyboard.press('Tab')
        const at = await page.evaluate(() => {
          const named = document.activeElement?.getAttribute('aria-labelledby')
          return named ? document.getElementById(named)?.textContent : document.activeElement?.textContent
        })
        if (at === text) return
      }
      throw new Error(`The Tab key does not lead to ${text}.`)
    }
    await tabTo('Every member may publish')
    await page.keyboard.press('Space')
    await says('will not be able to')
    await tabTo('Save')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.saved')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).to.equal('switch')
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await tabTo('Retention')
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    await page.waitForSelector('.period')
  })

  it('gives axe nothing to object to, light and dark, on a desktop and on a phone', async () => {
    const { id } = await app.publish('<p>x')
    await app.request(`/api/v1/artifacts/${id}`, { method: 'DELETE', token: app.owner.token })
    await open()
    for (const section of adminSections) {
      await page.goto(app.url + adminAddress(section))
      await page.waitForFunction(
        () => document.querySelector('main :is(.group, .rows, .empty)') && !document.querySelector('main .loading'),
      )
      if (section === 'settings') {
        await flip('Publishing')
        await press('Save …')
      }
      expect(await violationsOnEach(page, section)).to.deep.equal([])
    }
  })
})
