import { expect } from 'chai'
import type { Frame, Page } from 'puppeteer-core'
import { KiB, MiB } from '../../shared/limits.ts'
import { startTestApp, type TestApp } from '../app.ts'
import { engines, openBrowser, type TestBrowser } from './browser.ts'
import { openNaiveStage } from './naive-swap.ts'
import { judge, readViewerState, scriptedPage } from './scripted-page.ts'
import { openStage, type Stage } from './stage.ts'

const swaps = 20
const sizes = [
  ['100 KiB', 100 * KiB],
  ['1 MiB', MiB],
] as const

/** With mouse and keyboard, as a viewer would. */
async function useThePage(page: Page, frame: Frame): Promise<void> {
  await frame.click('#summary')
  await frame.click('#tick')
  await frame.focus('#pick')
  await page.keyboard.press('ArrowDown')
  await frame.focus('#slider')
  for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight')
  const box = await frame.$('#box')
  await box?.hover()
  await page.mouse.wheel({ deltaY: 150 })
  await frame.click('#jump')
  await atRest(frame)
  await frame.click('#note')
  await page.keyboard.press('End')
  await page.keyboard.type(' to self')
  await frame.click('#typed')
  await page.keyboard.type('kept as typed')
  for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowLeft')
  await (await frame.$('table'))?.hover()
  await page.mouse.wheel({ deltaY: 200 })
  await atRest(frame)
}

/** Smooth scrolling takes its time. */
const atRest = (frame: Frame) =>
  frame.waitForFunction(() => {
    const now = scrollY
    return new Promise(resolve => setTimeout(() => resolve(scrollY === now), 300))
  })

async function recordSwaps(browser: TestBrowser, stage: Stage, bytes: number, check: () => Promise<void>) {
  const area = await stage.page.$eval('iframe[data-state=shown]', frame => {
    const { x, y, width, height } = frame.getBoundingClientRect()
    return { x, y, width, height }
  })
  const recording = await browser.record(stage.page, area)
  for (let swap = 1; swap <= swaps; swap++) {
    await stage.update(scriptedPage(1 + swap, bytes))
    if (swap % 5 === 0) await check()
  }
  return judge(await recording.stop())
}

for (const engine of engines) {
  describe(`A swap in ${engine}`, function () {
    this.timeout(180_000)
    let app: TestApp
    let browser: TestBrowser

    before(async () => {
      app = await startTestApp()
      browser = await openBrowser(engine)
    })

    after(async () => {
      await browser?.close()
      await app?.close()
    })

    for (const [name, bytes] of sizes) {
      it(`shows no blank frame and loses nothing, ${swaps} times with a page of ${name}`, async () => {
        const stage = await openStage(app, browser, scriptedPage(1, bytes))
        await useThePage(stage.page, await stage.frame())
        const before = await (await stage.frame()).evaluate(readViewerState)
        expect(before).to.include({
          typed: 'kept as typed',
          focused: 'typed',
          ticked: true,
          chosen: 'green',
          slider: '55',
          computed: '55 percent',
          drawn: 55,
          open: true,
          note: 'note to self',
          hash: '#part',
        })
        expect(before.caret).to.deep.equal([8, 8])
        expect(before.box).to.be.above(100)
        expect(before.scrolled).to.be.above(300)

        const { frames, blank, changes } = await recordSwaps(browser, stage, bytes, async () => {
          expect(await (await stage.frame()).evaluate(readViewerState)).to.deep.equal(before)
        })
        expect({ blank, changes }).to.deep.equal({ blank: 0, changes: swaps }, `of ${frames} frames`)
        expect(frames).to.be.above(5 * swaps)

        const frame = await stage.frame()
        await stage.page.keyboard.type('!')
        expect((await frame.evaluate(readViewerState)).typed).to.equal('kept as !typed')
        // Scripts ran once for this version, and no timer of an earlier one counts along.
        const { starts, tickLength } = await frame.evaluate(() => {
          const { starts, tickLength } = window as unknown as Record<string, number>
          return { starts, tickLength }
        })
        expect(starts).to.equal(1)
        expect(tickLength).to.be.above(40)
        await stage.close()
      })
    }

    for (const [name, bytes] of sizes) {
      it(`would be seen to blank, were it naive, with a page of ${name}`, async () => {
        const page = await browser.newPage()
        const stage = await openNaiveStage(page, version => scriptedPage(version, bytes))
        await stage.update(1)
        const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
        const recording = await browser.record(page, { x: 0, y: 0, width, height })
        for (let version = 2; version <= 6; version++) await stage.update(version)
        const { blank, changes } = judge(await recording.stop())
        await stage.close()
        expect(changes).to.be.above(0)
        expect(blank).to.be.above(0)
      })
    }
  })
}
