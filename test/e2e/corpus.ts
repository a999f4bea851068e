import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import type { Frame } from 'puppeteer-core'
import { startTestApp, type TestApp } from '../app.ts'
import { type Engine, openBrowser, type TestBrowser } from './browser.ts'
import { type Hand, type RealPage, realPages, versionsOf } from './corpus-pages.ts'
import { faultsIn, noteFaults } from './faults.ts'
import { eventually, openStage, type Stage } from './stage.ts'

type Seen = Record<string, unknown>

/** Each as at an address of its own, through three updates. @param names of test/corpus */
export function describeRealPages(engine: Engine, names: ReadonlySet<string>): void {
  describe(`A real page in ${engine}`, function () {
    this.timeout(60_000)
    let app: TestApp
    let browser: TestBrowser
    let plain: Server
    /** What the plain server answers with. */
    let served = ''

    before(async () => {
      plain = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end(served)).listen(0)
      app = await startTestApp()
      const { newPage, ...rest } = await openBrowser(engine)
      browser = { ...rest, newPage: async () => noteFaults(await newPage()) }
    })
    after(async () => {
      plain.close()
      await browser.close()
      await app.close()
    })

    /** The page with no Galley around it: as it behaves there it has to behave in the viewer. */
    async function usePlainly(real: RealPage, html: string, area: { width: number; height: number }) {
      served = html
      const page = await browser.newPage()
      await page.setViewport(area)
      await page.goto(`http://localhost:${(plain.address() as AddressInfo).port}/`)
      const hand = { page, frame: page.mainFrame() }
      const fresh = await freshly(real, hand.frame)
      await real.use(hand)
      const used = await steady(hand.frame, real.sees)
      const shown = await shownIn(hand.frame, real)
      await real.useMore(hand)
      const usedMore = await steady(hand.frame, real.sees)
      const faults = await faultsIn(hand.frame)
      await page.browserContext().close()
      return { fresh, used, usedMore, shown, faults }
    }

    /** What went wrong only in the viewer, and was not foretold when the page was published. */
    async function unexplained(html: string, faults: Set<string>): Promise<string[]> {
      const { warnings } = await app.publish(html)
      const explains = (fault: string) => {
        // A warning shows as much of a long address as identifies it.
        const address = /https?:\S+/.exec(fault)?.[0].slice(0, 80)
        return address !== undefined && warnings.some(({ message }) => message.includes(`"${address}`))
      }
      return [...faults].filter(fault => !explains(fault))
    }

    for (const real of realPages.filter(({ name }) => names.has(name))) {
      it(`of ${real.name} works as at an address of its own, through three updates`, async () => {
        const [first = '', ...later] = versionsOf(real.name)
        const stage = await openStage(app, browser, first)
        const hand = async (): Promise<Hand> => ({ page: stage.page, frame: await stage.frame() })
        const area = await (await stage.frame()).evaluate(() => ({ width: innerWidth, height: innerHeight }))
        const expected = await usePlainly(real, later.at(-1) ?? '', area)
        await stage.page.bringToFront()
        const until = (check: (frame: Frame) => Promise<void>) =>
          eventually(async () => check(await stage.frame()), 8_000)
        const untilSeen = (seen: Seen) =>
          until(async frame => {
            expect(await frame.evaluate(real.sees)).to.deep.equal(seen)
          })

        const before = await freshly(real, await stage.frame())
        await real.use(await hand())
        await until(async frame => {
          expect(await frame.evaluate(real.sees)).not.to.deep.equal(before)
        })
        const faults = await updateThrice(stage, real, later)

        const kept = real.keeps.map(key => [key, expected.used[key]])
        await untilSeen({ ...expected.fresh, ...Object.fromEntries(kept) })
        if (kept.length < Object.keys(expected.fresh).length) await real.use(await hand())
        await untilSeen(expected.used)
        await until(async frame => {
          expect(await shownIn(frame, real)).to.equal(expected.shown)
        })
        await real.useMore(await hand())
        await untilSeen(expected.usedMore)

        for (const fault of expected.faults) faults.delete(fault)
        expect(await unexplained(first, faults)).to.deep.equal([])
        await stage.close()
      })
    }

    it('gets from a new version what the viewer has not touched', async () => {
      const [first = '', second = ''] = versionsOf('vega')
      const stage = await openStage(app, browser, first)
      const slider = async () => (await (await stage.frame()).waitForSelector('input'))?.evaluate(field => field.value)
      expect(await slider()).to.equal('5')
      await stage.update(second)
      expect(await slider()).to.equal('10')
      await stage.close()
    })

    it('that leans on a script elsewhere is explained when it is published', async () => {
      const versions = versionsOf('redoc')
      const [first = '', ...later] = versions
      const cdn = 'https://cdn.redocly.com/redoc/v3.0.1/bundles/redoc.standalone.js'
      const { warnings } = await app.publish(first)
      const warning = warnings.find(({ rule }) => rule === 'import')
      expect(warning?.message).to.equal(`The module "${cdn}" will not load. Bundle it into the page's own script.`)
      expect(first.split('\n')[(warning?.line ?? 0) - 1]).to.contain(cdn)

      const stage = await openStage(app, browser, first)
      for (const html of later) await stage.update(html)
      const frame = await stage.frame()
      expect(await frame.$eval('h1', heading => heading.textContent)).to.contain('API 4')
      const faults = await faultsIn(frame)
      expect(faults.join()).to.contain(cdn)
      expect(await unexplained(first, new Set(faults))).to.deep.equal([])
      await stage.close()
    })

    it('would be seen to fail', async () => {
      const html = `<script>throw new Error('one')</script><script>Promise.reject('two')</script>
        <script>const address = 'https://cdn.example' + '/three.js'; import(address).catch(() => {})</script>`
      const stage = await openStage(app, browser, html)
      const faults = await faultsIn(await stage.frame())
      const expected = ['one', 'two', 'https://cdn.example/three.js']
      for (const fault of expected) expect(faults.join()).to.contain(fault)
      expect(await unexplained(html, new Set(faults))).to.have.length(3)
      await stage.close()
    })
  })
}

/** @returns what went wrong in any of the four versions. */
async function updateThrice(stage: Stage, real: RealPage, later: readonly string[]): Promise<Set<string>> {
  const shown = [await shownIn(await stage.frame(), real)]
  const faults = new Set(await faultsIn(await stage.frame()))
  for (const html of later) {
    await stage.update(html)
    const frame = await stage.frame()
    await frame.waitForFunction(real.rendered)
    shown.push(await shownIn(frame, real))
    for (const fault of await faultsIn(frame)) faults.add(fault)
  }
  expect(new Set(shown)).to.have.length(4)
  return faults
}

/** Of what is longer than a person could compare, as the pixels of a canvas are, a digest. */
async function shownIn(frame: Frame, { shows }: RealPage): Promise<string> {
  const shown = String(await frame.evaluate(shows))
  return shown.length > 200 ? createHash('sha256').update(shown).digest('hex') : shown
}

async function freshly(real: RealPage, frame: Frame): Promise<Seen> {
  await frame.waitForFunction(real.rendered)
  return steady(frame, real.sees)
}

/** What is read, once it reads the same a moment later: transitions and delayed searches take their time. */
async function steady(frame: Frame, read: () => Seen): Promise<Seen> {
  for (let last = ''; ; ) {
    const seen = await frame.evaluate(read)
    if (JSON.stringify(seen) === last) return seen
    last = JSON.stringify(seen)
    await new Promise(resolve => setTimeout(resolve, 250))
  }
}
