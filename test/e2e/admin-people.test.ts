import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import type { OrgMemberList, RoleList } from '../../shared/admin.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { type OwnerAt, ownerAt } from './owner-at.ts'
import { eventually } from './stage.ts'

describe('Members and roles in the browser', function () {
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
  const choose = (field: string, value: string) =>
    page.locator(`main ::-p-aria([name="${field}"][role="combobox"])`).fill(value)
  const member = async (email: string) =>
    (await owner.ask<OrgMemberList>(`/admin/members?q=${email}`)).members.find(one => one.email === email)
  const mayPublish = async () => (await member('ada@acme.example'))?.mayPublish

  it('make somebody a member, who gets in by the link that is shown', async () => {
    await open('/admin/members')
    await owner.fill('Address', 'Ada@acme.example')
    await owner.press('Add')
    await owner.says('already')
    await owner.fill('Address', 'bo@acme.example')
    await owner.fill('Name, if you like', 'Bo')
    await owner.press('Add')
    await owner.says('Bo is a member now.')
    const link = await page.$eval('.command pre', line => line.textContent ?? '')
    const secret = new URL(link).hash.slice(1)
    expect((await app.request('/api/v1/session', { method: 'POST', json: { secret } })).status).to.equal(204)
    expect(await owner.recorded('galley_member_added')).to.have.length.above(0)
    await owner.says('bo@acme.example')
  })

  it('find a member by name or address', async () => {
    await app.addMember('bo@acme.example')
    await open('/admin/members')
    await page.waitForSelector('.row')
    await page.keyboard.press('/')
    await page.keyboard.type('bo@')
    await page.waitForFunction(() => document.querySelectorAll('.row').length === 1)
    await page.keyboard.type('nobody')
    await owner.says('Nobody’s name or address has “bo@nobody” in it')
  })

  it('give and take away ownership, and say what that is', async () => {
    await open('/admin/members')
    await owner.press('Change ada')
    await choose('In Acme', 'owner')
    await owner.says('ada will administer Acme as you do')
    expect((await member('ada@acme.example'))?.role, 'before it is saved').to.equal('member')
    await owner.press('Save')
    await page.waitForSelector('form.preview', { hidden: true })
    expect((await member('ada@acme.example'))?.role).to.equal('owner')
    await owner.press('Change olive')
    await choose('In Acme', 'member')
    await owner.says('these pages close for you')
    await owner.press('Save …')
    await owner.press('Give up being an owner')
    await page.waitForSelector('form.preview', { hidden: true })
    await page.reload()
    await page.waitForFunction(() => document.body.innerText.includes('Only an owner'))
  })

  it('do not let the last owner go', async () => {
    await open('/admin/members')
    await owner.press('Remove olive')
    await owner.says('You are signed out everywhere')
    await page.$$eval('.preview button', buttons => buttons.at(-1)?.click())
    await owner.says('This is the last owner of the organisation.')
  })

  it('remove a member, whose token is refused from then on', async () => {
    await open('/admin/members')
    await owner.press('Remove ada')
    await owner.says('What they published stays')
    expect((await app.request('/api/v1/me', { token: ada.token })).status, 'before it is confirmed').to.equal(200)
    await page.$$eval('.preview button', buttons => buttons.at(-1)?.click())
    await owner.says('Removed.')
    expect((await app.request('/api/v1/me', { token: ada.token })).status).to.equal(401)
    expect(await owner.recorded('galley_member_removed')).to.have.length(1)
  })

  it('make a role, change it and delete it, and it counts for whoever has it', async () => {
    await open('/admin/roles')
    await owner.says('No roles yet')
    await owner.press('Add a role')
    await owner.fill('Name', 'Readers')
    await choose('Publishing', 'false')
    await owner.says('Nobody has the role until you give it to them')
    await owner.press('Add')
    await owner.says('given to 0 members')
    expect(await mayPublish()).to.equal(true)

    await page.goto(`${app.url}/admin/members`)
    await owner.press('Change ada')
    const { roles } = await owner.ask<RoleList>('/admin/roles')
    await choose('Role', roles[0]?.id ?? '')
    await owner.says('As Readers, ada may not publish.')
    await owner.press('Save')
    await owner.says('role Readers')
    expect(await mayPublish()).to.equal(false)

    await page.goto(`${app.url}/admin/roles`)
    await owner.press('Change Readers')
    await owner.fill('Name', 'Editors')
    await choose('Publishing', 'true')
    await owner.says('1 member who has been given it, and those whose groups carry it, may publish from now on.')
    await owner.press('Save')
    await eventually(async () => expect(await mayPublish()).to.equal(true))
    await owner.says('Editors')

    await owner.press('Delete Editors')
    await owner.says('1 member loses “Editors”')
    await page.$$eval('.preview button', buttons => buttons.at(-1)?.click())
    await owner.says('No roles yet')
    for (const type of ['galley_role_created', 'galley_role_updated', 'galley_role_deleted']) {
      expect(await owner.recorded(type), type).to.have.length(1)
    }
  })

  it('keep what was typed when it is refused', async () => {
    await open('/admin/roles')
    await owner.press('Add a role')
    await owner.fill('Name', 'Owner')
    await owner.press('Add')
    await owner.says('There is a role called "Owner" already.')
    expect(await page.$eval('main input', input => input.value)).to.equal('Owner')
  })
})
