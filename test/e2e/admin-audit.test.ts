import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { type OwnerAt, ownerAt } from './owner-at.ts'
import { eventually } from './stage.ts'

describe('The audit log, tokens and keys in the browser', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: TestBrowser
  let owner: OwnerAt
  let page: Page
  let ada: TestMember

  before(async () => {
    browser = await openBrowser('chromium')
  })
  after(() => browser.close())
  beforeEach(async () => {
    app = await startTestApp()
    ada = await app.addMember('ada@acme.example')
  })
  afterEach(async () => {
    await page.browserContext().close()
    await app.close()
  })

  const open = async (path: string): Promise<void> => {
    owner = await ownerAt(app, browser, path)
    page = owner.page
  }
  const entries = () => page.$$eval('.entry summary', all => all.map(one => one.innerText.replaceAll(/\s+/g, ' ')))
  /** The button that makes good what the panel says. */
  const confirm = () => page.$$eval('.preview button', buttons => buttons.at(-1)?.click())

  it('show who did what, narrowed to a person, a page and what it was', async () => {
    const { url } = await app.publish('<p>x', { query: 'title=Plan', token: ada.token })
    await app.publish('<p>x', { query: 'title=Other' })
    await open('/admin/audit')
    await owner.says('ada@acme.example published a version Plan')
    await owner.says('olive@acme.example published a version Other')
    await owner.fill('Who', 'ada@acme.example')
    await owner.fill('Page', url)
    await owner.press('Filter')
    await eventually(async () => void expect(await entries()).to.have.length(2), 10_000)
    await page.click('.entry summary')
    await owner.says('127.0.0.1')
    // The address has the filter.
    await page.reload()
    await eventually(async () => void expect(await entries()).to.have.length(2), 10_000)
    await owner.fill('Who', 'nobody@acme.example')
    await owner.press('Filter')
    await owner.says('No such entry')
    await owner.press('Show all')
    await owner.says('Other')
  })

  it('save what is shown, and record that', async () => {
    await app.publish('<p>x', { query: 'title=Plan', token: ada.token })
    await open('/admin/audit?actor=ada%40acme.example')
    await page.waitForSelector('.entry')
    await owner.press('CSV')
    await eventually(async () => {
      expect(await readdir(browser.downloads)).to.include('galley-audit.csv')
    }, 15_000)
    const saved = await readFile(join(browser.downloads, 'galley-audit.csv'), 'utf8')
    expect(saved).to.contain('claude_artifact_published').and.not.contain('olive@acme.example')
    expect(page.url()).to.contain('/admin/audit')
    const [row] = await owner.recorded('galley_audit_exported')
    expect(row?.details).to.include({ actor: 'ada@acme.example' })
  })

  it('revoke a token, which is refused from then on', async () => {
    await open('/admin/tokens')
    await owner.press('Revoke test, of ada')
    await owner.says('What was published with it stays.')
    expect((await app.request('/api/v1/me', { token: ada.token })).status, 'before it is confirmed').to.equal(200)
    await confirm()
    await owner.says('Revoked.')
    expect((await app.request('/api/v1/me', { token: ada.token })).status).to.equal(401)
    expect(await owner.recorded('galley_access_token_revoked')).to.have.length(1)
  })

  it('make a compliance key, show it once, and revoke it', async () => {
    await open('/admin/keys')
    await owner.says('No compliance keys')
    await owner.fill('Name', 'Scanner')
    await page.click('input[type=checkbox]')
    await owner.says('Whoever has the key reads who did what at Acme')
    await owner.press('Make the key')
    await owner.says('Scanner was made.')
    const key = await page.$eval('.command pre', line => line.textContent ?? '')
    const ask = () => app.request('/v1/compliance/activities', { headers: { 'x-api-key': key } })
    expect((await ask()).status).to.equal(200)
    await page.reload()
    await owner.says('reads the audit log')
    expect(await page.content()).not.to.contain(key)
    await owner.press('Revoke Scanner')
    await confirm()
    await owner.says('Revoked.')
    expect((await ask()).status).to.equal(401)
    for (const type of ['galley_compliance_key_created', 'galley_compliance_key_revoked']) {
      expect(await owner.recorded(type), type).to.have.length(1)
    }
  })
})
