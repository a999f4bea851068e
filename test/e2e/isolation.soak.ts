import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import { startTestApp, type TestApp } from '../app.ts'
import { type Engine, engines, openBrowser, type Setup, type TestBrowser } from './browser.ts'
import { openSink, type Sink, sinkHost } from './sink.ts'
import { eventually, openStage, type Stage } from './stage.ts'
import { attempts, cell, forgery, scriptless, spy, treasureHunt } from './vectors.ts'

/** What gets out all the same. SECURITY.md says so under "Known to be open": a change here is a change there. */
const open: Record<Engine, { arrived: string[]; names: string[] }> = {
  chromium: { arrived: [], names: [] },
  firefox: { arrived: ['preconnect', 'stun', 'turn', 'turn-tcp'], names: ['preconnect', 'stun'] },
}

/** Tried, and beyond what a plain page on this machine can do in this engine: the sink cannot show that it would see them. */
const never = 'svg-use prerender manifest css-filter worker service-worker notification location-data sibling-location'
const unseen: Record<Engine, string[]> = {
  chromium: `${never} icon xslt media-session credential nested-video nested-audio nested-source nested-speculation
    nested-prerendering app-websocket app-worker-websocket`.split(/\s+/),
  firefox:
    `${never} nested-icon prefetch speculation prerendering fetch-later paint-worklet payment credential app-websocket
    app-worker-websocket`.split(/\s+/),
}

for (const engine of engines) {
  describe(`A hostile page in ${engine}`, function () {
    this.timeout(120_000)
    let logs: string
    let app: TestApp
    let control: Sink
    let sink: Sink
    /** Of pages that are drawn as stills. */
    let stillSink: Sink
    let plain: Served | undefined
    let browser: TestBrowser
    let stage: Stage
    let page: Page

    before(async () => {
      logs = await mkdtemp(join(tmpdir(), 'galley-isolation-'))
      ;[app, control, sink, stillSink] = await Promise.all([
        startTestApp(),
        openSink('control'),
        openSink('sink'),
        openSink('still'),
      ])
      const ports = [control, sink, stillSink].flatMap(({ ports }) => ports)
      browser = await openBrowser(engine, setupFor(logs, ports))
      stage = await openStage(app, browser, '<p>first')
      page = stage.page
      await page.evaluate(hear)
    })
    after(async () => {
      await browser.close()
      plain?.close()
      await Promise.all([app.close(), control.close(), sink.close(), stillSink.close()])
      await rm(logs, { recursive: true })
    })

    /** What pages told the viewer page since: `tried …`, `got …`. */
    const heard = (what: 'tried' | 'got') =>
      page.evaluate(
        start =>
          (Reflect.get(window, 'heard') as string[]).flatMap(line =>
            line.startsWith(start) ? line.split(' ')[1] : [],
          ),
        what,
      )
    const untilTried = (label: string) =>
      eventually(async () => {
        expect(await heard('tried')).to.include(label)
      }, 10_000)
    /** By the mouse, as a person, and again when the page was not there yet. */
    const press = (label: string) =>
      eventually(async () => {
        await page.mouse.click(500, 400)
        await sleep(50)
        expect(await heard('tried')).to.include(label)
      }, 10_000)

    it('reaches the sink in every way, when it is at a plain address', async () => {
      const { passive, clicked } = attempts(control, { url: app.url, bytes: [] })
      plain = await serve({ passive, ...clicked, scriptless: scriptless(control) })
      const untilArrived = (labels: readonly string[]) =>
        eventually(() => {
          const missing = labels.filter(label => !isUnseen(engine, label) && !control.arrived().includes(label))
          expect(missing).to.deep.equal([])
        }, 10_000)
      const tabs = await page.browser().pages()
      const first = await browser.newPage()
      // Some of what it asks for never ends loading.
      await first.evaluate(to => void location.assign(to), `${plain.url}/passive`)
      await untilArrived([...labelsIn(passive), ...open.firefox.arrived, 'webtransport'])
      await closeOthers(page, tabs)
      let tab = await browser.newPage()
      void tab.goto(`${plain.url}/scriptless`, { timeout: 3_000 }).catch(() => {})
      await untilArrived(['refresh', 'sheet-import', 'sheet-url'])
      await closeOthers(tab, [...tabs, tab])
      for (const label of Object.keys(clicked).filter(label => !isUnseen(engine, label))) {
        await eventually(async () => {
          if (tab.isClosed()) tab = await browser.newPage()
          // It may lead away at once, and then this has no answer.
          const go = tab.goto(`${plain?.url}/${label}`, { timeout: 3_000 }).then(() => tab.evaluate(clickWithin))
          await Promise.race([go.catch(() => {}), sleep(3_000)])
          for (let waits = 0; waits < 50 && !control.arrived().includes(label); waits++) await sleep(20)
          const arrived = control.arrived().includes(label)
          // What a page left under way in a tab can be in the way of the next one.
          await closeOthers(page, arrived ? [...tabs, tab] : tabs)
          expect(arrived, label).to.equal(true)
        }, 15_000)
      }
      await tab.close()
    })

    it('reaches nothing from the viewer that is not known to be open', async () => {
      await page.bringToFront()
      const id = new URL(page.url()).pathname.split('/')[2]
      const bytes = ['page', 'source'].map(which => `${app.url}/api/v1/artifacts/${id}/versions/1/${which}`)
      const { passive, clicked, futile } = attempts(sink, { url: app.url, bytes })
      const tabs = await page.browser().pages()

      await stage.update(passive)
      await untilTried('passive')
      await sink.quiet(1000)
      await stage.update(futile.page)
      const { x, y, width } = await page.$eval('iframe[data-state=shown]', frame => {
        const { x, y, width } = frame.getBoundingClientRect()
        return { x, y, width }
      })
      const inRow = Math.floor(width / cell.width)
      for (const n of futile.labels.keys()) {
        await page.mouse.click(x + ((n % inRow) + 0.5) * cell.width, y + (Math.floor(n / inRow) + 0.5) * cell.height)
        await sleep(20)
      }
      for (const [label, html] of Object.entries(clicked)) {
        if (futile.labels.includes(label)) continue
        await stage.update(html)
        await press(label)
      }
      expect(await heard('tried')).to.include.members(Object.keys(clicked))
      await eventually(() => {
        expect(sink.arrived()).to.include.members(open[engine].arrived)
      }, 10_000)
      await sink.quiet(500)
      expect(sink.arrived()).to.deep.equal(open[engine].arrived)
      expect(await page.browser().pages()).to.have.length(tabs.length)
      expect(new URL(page.url()).pathname).to.equal(`/a/${id}`)
      expect(existsSync(browser.downloads) ? await readdir(browser.downloads) : []).to.deep.equal([])
    })

    it('gets nothing of the app, the browser or the machine', async () => {
      const dialogs: string[] = []
      page.on('dialog', dialog => {
        dialogs.push(dialog.message())
        void dialog.dismiss()
      })
      const jar = () =>
        page.evaluate(() => [document.cookie, ...Object.keys(localStorage), ...Object.keys(sessionStorage)])
      const before = await jar()
      await stage.update(treasureHunt)
      await press('treasures')
      await sleep(1000)
      expect(await heard('got')).to.deep.equal([])
      expect(dialogs).to.deep.equal([])
      expect(await jar()).to.deep.equal(before)
      expect(await page.evaluate(() => fetch('/api/v1/me').then(answer => answer.status))).to.equal(200)
    })

    it('neither reads nor moves nor takes over the frame of the next version', async () => {
      await stage.update(spy)
      for (const line of ['one', 'two']) await stage.update(`<p>${line}`)
      expect(await heard('got')).to.deep.equal([])
      expect(await (await stage.frame()).evaluate(() => document.body.innerText.trim())).to.equal('two')
    })

    it('cannot speak for the viewer’s own frame, and is heard no more when it goes on', async () => {
      await stage.update(forgery)
      await press('forgery')
      await page.waitForFunction(() => document.body.innerText.includes('asks too much'))
      expect(await page.$('dialog')).to.equal(null)
      expect(await heard('got')).to.deep.equal([])
      await stage.update('<p>after it')
    })

    // Driven by puppeteer, Firefox has all sites in one process, and the endless loop would stop the viewer page as well.
    if (engine === 'chromium') {
      it('keeps nobody from the viewer page, or the next version, by an endless loop', async () => {
        await stage.update(
          '<button style="position:fixed;inset:0;width:100%" onclick="top.postMessage(\'tried loop\', \'*\'); setTimeout(() => { for (;;); }, 100)">x</button>',
        )
        await press('loop')
        expect(await page.evaluate(() => new Promise(done => requestAnimationFrame(() => done('alive'))))).to.equal(
          'alive',
        )
        await stage.update('<p>mended')
      })
    }

    it('is called what it is called, in the header and in the list', async () => {
      const title = '<img src=x onerror="top.loot=1">"\'><script>top.loot=1</script>'
      const query = new URLSearchParams({ title, description: title }).toString()
      await app.publish('<p>named', { query })
      await page.goto(`${app.url}/`)
      expect(await page.$eval('main', main => main.innerText)).to.contain(title)
      expect(await page.$('main img, main script')).to.equal(null)
    })

    it('reaches nothing and runs nothing as a still, beside other stills', async () => {
      const { passive } = attempts(stillSink, { url: app.url, bytes: [] })
      const pages = [passive, scriptless(stillSink), spy]
      const ids = await Promise.all(pages.map(async html => (await app.publish(html)).id))
      await page.evaluateOnNewDocument(hear)
      await page.goto(`${app.url}/`)
      for (const id of ids) await page.waitForSelector(`li[data-id="${id}"] .still[data-drawn]`)
      await stillSink.quiet(2000)
      expect(stillSink.arrived()).to.deep.equal([])
      expect([...(await heard('tried')), ...(await heard('got'))]).to.deep.equal([])
      expect(page.url()).to.equal(`${app.url}/`)
      expect(await page.evaluate(() => document.activeElement?.tagName)).to.equal('BODY')
    })

    it('has no name looked up that is not known to be open', async () => {
      await browser.close()
      const texts = await Promise.all((await readdir(logs)).map(file => readFile(join(logs, file), 'utf8')))
      const names = (of: Sink) =>
        ['preconnect', 'dns-prefetch', 'stun', 'fetch'].filter(label =>
          texts.some(text => text.includes(of.name(label))),
        )
      expect(names(control)).to.deep.equal(['preconnect', 'dns-prefetch', 'stun', 'fetch'])
      expect(names(sink)).to.deep.equal(open[engine].names)
      expect(names(stillSink)).to.deep.equal([])
    })
  })
}

/** Runs in the viewer page: notes what frames and other documents of this origin say. */
function hear(): void {
  const heard: string[] = []
  Object.assign(window, { heard })
  addEventListener('message', ({ data }) => heard.push(String(data).slice(0, 100)))
  new BroadcastChannel('loot').onmessage = () => heard.push('got broadcast')
}

/** Runs in the page, where it counts as the viewer's doing: what there is to be clicked, in a frame if there is one. */
async function clickWithin(): Promise<void> {
  for (;;) {
    const inner = document.querySelector('iframe')?.contentDocument ?? document
    const target = inner.querySelector('a, button')
    if (target) return void target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }))
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

/** From wherever it is tried, or from there. */
const isUnseen = (engine: Engine, label: string): boolean =>
  unseen[engine].includes(label) || unseen[engine].includes(label.replace(/^(nested|app)-/, ''))

const labelsIn = (html: string): string[] => [
  ...new Set([...html.matchAll(/\/sink\/control\/([\w-]+)/g)].flatMap(([, label]) => label ?? [])),
]

interface Served {
  url: string
  close(): void
}

async function serve(pages: Record<string, string>): Promise<Served> {
  const server = createServer((req, res) => {
    res.setHeader('Content-Type', 'text/html')
    res.end(pages[req.url?.slice(1) ?? ''])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function closeOthers(tab: Page, but: readonly Page[]): Promise<void> {
  for (const other of await tab.browser().pages()) if (!but.includes(other)) await other.close()
}

/**
 * Nothing but Galley may keep the sink from being reached: it counts as a public address, and what a driven browser
 * does without is switched on again. Logs of the names that are looked up go to the folder.
 */
function setupFor(logs: string, ports: readonly number[]): Setup {
  const spaces = ports.map(port => `${sinkHost}:${port}=public`).join()
  return {
    oneProfile: true,
    args: [`--ip-address-space-overrides=${spaces}`, `--log-net-log=${join(logs, 'net.json')}`],
    prefs: {
      'network.lna.enabled': false,
      'network.http.speculative-parallel-limit': 6,
      'network.prefetch-next': true,
      'browser.send_pings': true,
      'media.peerconnection.ice.loopback': true,
    },
    env: { MOZ_LOG: 'nsHostResolver:5', MOZ_LOG_FILE: join(logs, 'dns') },
  }
}
