import { expect } from 'chai'
import { PNG } from 'pngjs'
import type { Frame, Page } from 'puppeteer-core'
import type { SharingUpdate } from '../../shared/api.ts'
import { startTestApp, type TestApp, type TestMember } from '../app.ts'
import { violationsOnEach } from './axe.ts'
import { openBrowser, type TestBrowser } from './browser.ts'
import { eventually, isSettled, openViewer, shownFrame } from './stage.ts'

describe('the history of a page, in front of its publisher', function () {
  this.timeout(90_000)
  let app: TestApp
  let browser: TestBrowser
  let ben: TestMember
  let tabs: Page[] = []

  before(async () => {
    ;[app, browser] = await Promise.all([startTestApp(), openBrowser('chromium')])
    ben = await app.addMember('ben@acme.example')
  })
  after(async () => {
    await browser.close()
    await app.close()
  })
  afterEach(async () => {
    await Promise.all(tabs.map(page => page.browserContext().close()))
    tabs = []
  })

  const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
  const html = (n: number) => `<!doctype html><title>Deploys</title>\n<p>${words[n]}</p>\n`
  const commit = 'abcdef0123456789abcdef0123456789abcdef01'
  const publish = (n: number, to?: string) => {
    const query = new URLSearchParams({ note: `Note ${n}`, host: 'ci-7', tool: 'galley 1.2.3', commit })
    return app.publish(html(n), { ...(to && { to }), ...(n % 2 && { query: query.toString() }) })
  }
  async function published(count: number): Promise<{ id: string; url: string }> {
    const first = await publish(1)
    for (let n = 2; n <= count; n++) await publish(n, first.id)
    return first
  }
  async function open({ member }: TestMember, url: string): Promise<Page> {
    const page = await openViewer(browser, await app.signInLink(member), url)
    tabs.push(page)
    await page.waitForSelector('iframe[data-state=shown]')
    return page
  }
  async function openVersions(url: string): Promise<Page> {
    const page = await open(app.owner, url)
    await (await page.waitForSelector('header .versions'))?.click()
    await page.waitForSelector('.history .version')
    return page
  }
  const share = async (id: string, change: Partial<SharingUpdate>) => {
    const json = { audience: 'people', people: [], groups: [], version: 'latest', ...change }
    const sent = { method: 'PUT', token: app.owner.token, json }
    expect((await app.request(`/api/v1/artifacts/${id}/sharing`, sent)).status).to.equal(200)
  }
  const says = (page: Page, selector: string, text: string) =>
    page.waitForFunction((at, wanted) => document.querySelector(at)?.textContent?.includes(wanted), {}, selector, text)
  const press = async (page: Page, label: string) =>
    (await page.waitForSelector(`::-p-aria([name="${label}"])`))?.click()
  const pick = async (page: Page, n: number) =>
    (await page.waitForSelector(`.version ::-p-text(Version ${n})`))?.click()
  const shows = async (page: Page, n: number) => {
    await page.waitForFunction(isSettled, {}, n)
    expect(await textOf(await shownFrame(page))).to.equal(words[n])
  }
  const rows = (page: Page) =>
    page.$$eval('.version', found => found.map(row => [...row.children].map(part => part.textContent).join(' | ')))
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.match(/Version \d+/)?.[0])

  describe('lists', () => {
    it('versions, newest first: note, who, when, where from, and what viewers see', async () => {
      const { id, url } = await published(3)
      await share(id, { audience: 'org', version: 2 })
      const page = await openVersions(url)
      await page.waitForFunction(() => document.querySelectorAll('.version').length === 3)
      const [third, second, first] = await rows(page)
      expect(third).to.match(
        /^Version 3latest \| Note 3 \| olive · .*(?:now|ago) \| ci-7 · galley 1\.2\.3 · abcdef0 · \d+.bytes$/,
      )
      expect(second).to.match(/^Version 2viewers see this \| olive · .* \| \d+.bytes$/)
      expect(first).to.match(/^Version 1 \| Note 1 \|/)
      expect(await page.$eval('.version time', time => time.title)).to.match(/\d:\d\d/)

      await publish(4, id)
      await page.waitForFunction(() => document.querySelectorAll('.version').length === 4)
      await share(id, { audience: 'org' })
      await page.waitForFunction(() =>
        document.querySelector('.version .seen')?.closest('.version')?.textContent?.includes('Version 4'),
      )
    })

    it('many of them page by page', async () => {
      const { id, url } = await published(1)
      for (let n = 2; n <= 53; n++) await app.publish(`<p>${n}`, { to: id })
      const page = await openVersions(url)
      expect(await rows(page)).to.have.length(50)
      await press(page, 'Show older versions')
      await page.waitForFunction(() => document.querySelectorAll('.version').length === 53)
      await app.publish('<p>54', { to: id })
      await page.waitForFunction(() => document.querySelectorAll('.version').length === 54)
      expect(await page.$('.history .more')).to.equal(null)
    })

    it('who has looked at which version', async () => {
      const { id, url } = await published(1)
      await share(id, { audience: 'org' })
      const page = await openVersions(url)
      await says(page, '.viewers summary', 'Seen by nobody else yet')
      const his = await open(ben, url)
      await says(page, '.viewers summary', 'Seen by 1 person')
      await his.browserContext().close()
      tabs = tabs.filter(tab => tab !== his)
      await publish(2, id)
      await open(ben, url)
      await page.click('.viewers summary')
      await says(page, '.viewers li', 'ben')
      await says(page, '.viewers li', 'version 2, before that 1 · ')
    })

    it('nothing to viewers, who are told what is new in what they see', async () => {
      const { id, url } = await published(1)
      await share(id, { audience: 'people', people: [named(ben, 'editor')] })
      const page = await open(ben, url)
      await (await page.waitForSelector('header .versions'))?.click()
      await page.waitForSelector('.version')
      await page.keyboard.press('[')
      await share(id, { audience: 'people', people: [named(ben, 'viewer')] })
      await page.waitForFunction(
        () => !document.querySelector('.history') && !document.querySelector('header .versions'),
      )
      await publish(3, id)
      await says(page, '.facts .note', 'Note 3')
    })
  })

  describe('shows an older version', () => {
    it('by a click, says so, and stays with it whatever is published, until one goes back', async () => {
      const { id, url } = await published(3)
      const page = await openVersions(url)
      await pick(page, 1)
      await says(page, '.looking', 'You are looking at version 1 of 3')
      await shows(page, 1)
      await publish(4, id)
      await says(page, '.looking', 'You are looking at version 1 of 4Version 4 is there')
      await shows(page, 1)
      await press(page, 'Back to latest')
      await shows(page, 4)
      expect(await page.$('.looking')).to.equal(null)
      await publish(5, id)
      await shows(page, 5)
    })

    it('by keyboard alone: up, down and Enter in the list, [ and ] anywhere beside the page', async () => {
      const { url } = await published(4)
      const page = await open(app.owner, url)
      await shows(page, 4)
      await page.focus('header .versions')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.version')
      expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Versions')
      await page.keyboard.press('Tab')
      await page.keyboard.press('Tab')
      expect(await focused(page)).to.equal('Version 4')
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press('ArrowDown')
      expect(await focused(page)).to.equal('Version 2')
      await page.keyboard.press('Enter')
      await shows(page, 2)
      await page.keyboard.press('End')
      expect(await focused(page)).to.equal('Version 1')
      for (const [key, n] of [
        ['[', 1],
        ['[', 1],
        ['ArrowRight', 2],
        [']', 3],
        [']', 4],
        [']', 4],
        ['ArrowLeft', 3],
      ] as const) {
        await page.keyboard.press(key)
        await shows(page, n)
      }
      await page.keyboard.press('Escape')
      await page.waitForSelector('.history', { hidden: true })
      expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).to.equal('Versions')
      // The list is closed, and that this is not the latest is said still.
      await says(page, '.looking', 'You are looking at version 3 of 4')
      await page.keyboard.press(']')
      await shows(page, 4)
      await page.keyboard.press('[')
      await shows(page, 4)
    })

    it('to all who may look, when its owner says so, and takes that back', async () => {
      const { id, url } = await published(3)
      await share(id, { audience: 'org' })
      const his = await open(ben, url)
      await shows(his, 3)
      const page = await openVersions(url)
      await pick(page, 2)
      await press(page, 'Share this version')
      await says(page, '.looking', 'Viewers see this version.')
      await shows(his, 2)
      await publish(4, id)
      await shows(page, 2)
      await press(page, 'Undo')
      await shows(his, 4)
      await says(page, '.looking', 'Share this version')
    })
  })

  describe('compares', () => {
    it('two versions beside each other, each in a sandbox as the viewer’s own', async () => {
      const coloured = (colour: string) => `<body style="background:${colour}">`
      const { id, url } = await app.publish(coloured('#ff0000'))
      for (const colour of ['#00ff00', '#0000ff']) await app.publish(coloured(colour), { to: id })
      const page = await openVersions(url)
      const [own] = await sandboxes(page, '.stage > .frames iframe')
      await pick(page, 1)
      await press(page, 'Compare')
      await eventually(async () => {
        expect(await coloursOf(page)).to.deep.equal(['#ff0000', '#0000ff'])
      })
      const beside = await sandboxes(page, '.pane iframe')
      for (const { sandbox } of beside) expect(sandbox).to.deep.equal(own?.sandbox)
      expect(new Set(beside.map(({ origin }) => origin)).size).to.equal(2)

      await page.select('select[aria-label="From version"]', '2')
      await eventually(async () => {
        expect(await coloursOf(page)).to.deep.equal(['#00ff00', '#0000ff'])
      })
      await page.keyboard.press('Escape')
      await page.waitForSelector('.compare', { hidden: true })
      expect(await page.evaluate(() => document.activeElement?.textContent)).to.equal('Compare')
      await page.waitForFunction(isSettled, {}, 1)
    })

    it('sources: what is new and what is gone, with numbers and signs, the rest folded', async () => {
      const lines = Array.from({ length: 60 }, (_, n) => `<li>row ${n + 1}</li>`)
      const { id, url } = await app.publish(`<ul>\n${lines.join('\n')}\n</ul>\n`)
      await app.publish(`<ul>\n${lines.join('\n').replace('row 30<', 'row thirty<')}\n</ul>\n<p>end`, { to: id })
      const page = await openVersions(url)
      await press(page, 'What changed')
      await says(page, '.counts', '+2 −1 lines from version 1 to version 2')
      const drawn = () =>
        page.$$eval('.source tbody tr', found => found.map(row => row.innerText.replaceAll('\t', '|').trim()))
      const before = await drawn()
      expect(before).to.include.members([
        '31||−|<li>row 30</li>',
        '|31|+|<li>row thirty</li>',
        '30|30||<li>row 29</li>',
      ])
      expect(before[0]).to.match(/^⋯\s27 unchanged lines$/)
      expect(before.at(-1)).to.contain('<p>endno line end')
      expect(await page.$$eval('.source mark', marks => marks.map(mark => mark.textContent))).to.deep.equal([
        '30',
        'thirty',
      ])
      await page.click('.fold button')
      await page.waitForFunction(() => document.querySelectorAll('.fold').length === 1)
      expect((await drawn()).slice(0, 2)).to.deep.equal(['1|1||<ul>', '2|2||<li>row 1</li>'])
    })

    it('sources that are hostile, or huge: as text, cut, and page by page', async () => {
      const attack = '<img src=x onerror="document.title=1">\u202e</td></table><script>document.title=2</script>'
      const { id, url } = await app.publish('<p>x')
      await app.publish(`${attack}\n${'y'.repeat(100_000)}\n${'<b>z\n'.repeat(3_000)}`, { to: id })
      const page = await openVersions(url)
      await press(page, 'What changed')
      await says(page, '.source', attack.replace('\u202e', '<U+202E>'))
      await says(page, '.source', '99,000 more characters')
      expect(await page.$$eval('.source tbody tr', found => found.length)).to.equal(500)
      await page.click('.source .more')
      await page.waitForFunction(() => document.querySelectorAll('.source tbody tr').length === 1_000)
      expect(await page.$$('.source :is(img, script)')).to.have.length(0)
      expect(await page.title()).not.to.match(/^\d$/)
    })
  })

  it('is accessible, in light and dark, on a desk and on a phone', async () => {
    const { id, url } = await published(3)
    await share(id, { audience: 'org', version: 2 })
    await open(ben, url)
    const page = await openVersions(url)
    await says(page, '.viewers summary', 'Seen by 1 person')
    const violations: string[] = []
    const look = async (where: string) => void violations.push(...(await violationsOnEach(page, where)))
    await page.click('.viewers summary')
    await look('versions')
    await pick(page, 1)
    await shows(page, 1)
    await look('an older version')
    await press(page, 'Compare')
    await page.waitForFunction(() => document.querySelectorAll('.pane iframe[data-state=shown]').length === 2)
    await look('side by side')
    await page.click('.ways label:last-child')
    await page.waitForSelector('.source table')
    await look('source')
    expect(violations).to.deep.equal([])
  })
})

const named = ({ member: { email } }: TestMember, role: 'viewer' | 'editor') => ({ email, role })

const textOf = (frame: Frame): Promise<string | undefined> =>
  frame.evaluate(() => document.querySelector('p')?.textContent?.trim())

/** How each of these frames is shut in, and the origin that it is of. */
const sandboxes = (page: Page, selector: string) =>
  page.$$eval(selector, frames =>
    frames.map(frame => {
      const { origin, pathname } = new URL((frame as HTMLIFrameElement).src)
      return { sandbox: [frame.getAttribute('sandbox'), frame.getAttribute('allow'), pathname], origin }
    }),
  )

/** Of the pages beside each other, as they are seen. */
async function coloursOf(page: Page): Promise<string[]> {
  const panes = await page.$$('.pane .frames')
  const boxes = await Promise.all(panes.map(pane => pane.boundingBox()))
  const colours: string[] = []
  for (const box of boxes) {
    if (!box) continue
    const clip = { x: box.x + box.width / 2, y: box.y + box.height / 2, width: 1, height: 1 }
    const { data } = PNG.sync.read(Buffer.from(await page.screenshot({ clip })))
    colours.push(`#${data.subarray(0, 3).toString('hex')}`)
  }
  return colours
}
