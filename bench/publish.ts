import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { brotliCompressSync, constants } from 'node:zlib'
import type { Page } from 'puppeteer-core'
import { io } from 'socket.io-client'
import { livePath, protocolVersion } from '../shared/events.ts'
import { KiB, MiB } from '../shared/limits.ts'
import { openBrowser, type TestBrowser } from '../test/e2e/browser.ts'
import { median, publish } from './support/publisher.ts'
import { editRow, report } from './support/sample-pages.ts'
import { type BenchServer, startBenchServer } from './support/server.ts'

/**
 * From the moment a publisher begins to send a one-line edit until a viewer in Chromium sees it, next to the floor: the
 * same page reloaded in a plain iframe, in the same run and the same browser. And what that edit weighs on the wire.
 */

const rounds = 9

/** Milliseconds since the publisher began, or since the reload did; medians. */
interface Figures {
  acknowledged: number
  announced: number
  painted: number
  wire: number
  plainIframe: number
}

const pages: [string, string][] = [
  ['100 KiB', report(100 * KiB)],
  ['1 MiB', report(MiB)],
  ['8 MiB, 6 of them data URI', report(8 * MiB, 6 * MiB)],
]

const server = await startBenchServer()
const browser = await openBrowser('chromium')
const rows = []
for (const [name, html] of pages) rows.push(row(name, html, await measure(server, browser, html)))
console.table(rows)
await browser.close()
await server.close()

function row(page: string, html: string, { acknowledged, announced, painted, wire, plainIframe }: Figures) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 4 }
  const whole = brotliCompressSync(html, { params }).length
  return {
    page,
    'painted ms': Math.round(painted),
    'plain iframe ms': Math.round(plainIframe),
    '× plain iframe': (painted / plainIframe).toFixed(2),
    'acknowledged ms': Math.round(acknowledged),
    'announced ms': Math.round(announced),
    "server's share": `${Math.round((100 * announced) / painted)} %`,
    'wire B': Math.round(wire),
    'whole page, brotli, B': whole,
    '× whole page': (wire / whole).toFixed(5),
  }
}

async function measure(server: BenchServer, browser: TestBrowser, html: string): Promise<Figures> {
  const { id } = await publish(server, html)
  const hears = await listen(server, id)
  const page = await openViewer(server, browser, id)
  const wire = await countBytes(page)
  const figures = { acknowledged: [], announced: [], painted: [], wire: [] } as Record<string, number[]>
  let shown = await page.evaluate(countPaintings)
  for (let round = 0; round < rounds; round += 1) {
    const next = editRow(html, round)
    const announced = hears.next()
    wire.reset()
    const began = Date.now()
    await publish(server, next, id)
    figures.acknowledged?.push(Date.now() - began)
    figures.announced?.push((await announced) - began)
    shown += 1
    await page.waitForFunction(isPainted, { polling: 20, timeout: 60_000 }, shown)
    figures.painted?.push((await page.evaluate(lastPainting)) - began)
    figures.wire?.push(wire.count())
    // The next spare frame boots meanwhile, as it would between two publishes.
    await new Promise(resolve => setTimeout(resolve, 1500))
  }
  hears.close()
  await page.browserContext().close()
  const of = (name: string) => median(figures[name] ?? [])
  return {
    acknowledged: of('acknowledged'),
    announced: of('announced'),
    painted: of('painted'),
    wire: of('wire'),
    plainIframe: await reloadPlainly(browser, html),
  }
}

/** A viewer with no browser: hears what is announced as soon as it can be heard. */
async function listen(server: BenchServer, artifactId: string) {
  const headers = { Authorization: `Bearer ${server.token}` }
  const socket = io(server.url, {
    path: livePath,
    addTrailingSlash: false,
    transports: ['websocket'],
    extraHeaders: headers,
    auth: { protocolVersion },
    forceNew: true,
  })
  await new Promise((resolve, reject) => socket.once('connect', () => resolve(undefined)).once('connect_error', reject))
  await socket.emitWithAck('watch', { artifactId })
  return {
    next: () => new Promise<number>(resolve => socket.once('version', () => resolve(Date.now()))),
    close: () => socket.close(),
  }
}

async function openViewer(server: BenchServer, browser: TestBrowser, id: string): Promise<Page> {
  const page = await browser.newPage()
  await page.evaluateOnNewDocument(notePaintings)
  const link = new URL(await server.signInLink())
  link.searchParams.set('next', `/a/${id}`)
  await page.goto(link.href)
  await Promise.all([page.waitForNavigation(), page.click('#with-link button')])
  await page.waitForFunction(isPainted, { timeout: 60_000 }, 1)
  await new Promise(resolve => setTimeout(resolve, 2000))
  return page
}

/** Bytes that come in by the socket and by HTTP, headers left out. */
async function countBytes(page: Page) {
  const session = await page.createCDPSession()
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.webSocketFrameReceived', ({ response }) => {
    bytes += Buffer.byteLength(response.payloadData)
  })
  session.on('Network.dataReceived', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  return {
    count: () => bytes,
    reset: () => {
      bytes = 0
    },
  }
}

/** Runs in the browser: notes when each version has been painted, two animation frames after it came to the front. */
function notePaintings(): void {
  const painted: number[] = []
  Object.assign(globalThis, { painted })
  const seen = new WeakSet<Node>()
  new MutationObserver(changes => {
    for (const { target } of changes) {
      if (!(target instanceof HTMLIFrameElement) || target.dataset.state !== 'shown' || seen.has(target)) continue
      seen.add(target)
      requestAnimationFrame(() => requestAnimationFrame(() => painted.push(Date.now())))
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] })
}

/** Run in the browser. */
function isPainted(count: number): boolean {
  return (globalThis as unknown as { painted: number[] }).painted.length >= count
}
function lastPainting(): number {
  return (globalThis as unknown as { painted: number[] }).painted.at(-1) ?? 0
}
function countPaintings(): number {
  return (globalThis as unknown as { painted: number[] }).painted.length
}

/** The floor: nothing but a server that sends the page and an iframe that loads it. Milliseconds until painted. */
async function reloadPlainly(browser: TestBrowser, html: string): Promise<number> {
  const body = brotliCompressSync(html, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })
  const plain = createServer((request, response) => {
    if (request.url === '/') {
      response.setHeader('Content-Type', 'text/html')
      response.end('<!doctype html><iframe style="position:fixed;inset:0;width:100%;height:100%;border:0"></iframe>')
      return
    }
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Encoding': 'br',
      'Cache-Control': 'no-store',
    })
    response.end(body)
  }).listen(0, '127.0.0.1')
  await once(plain, 'listening')
  const page = await browser.newPage()
  const { port } = plain.address() as AddressInfo
  await page.goto(`http://127.0.0.1:${port}/`)
  const times: number[] = []
  for (let round = 0; round < rounds; round += 1) times.push(await page.evaluate(reload, round))
  await page.browserContext().close()
  plain.close()
  return median(times)
}

/** Runs in the browser. */
function reload(round: number): Promise<number> {
  return new Promise(resolve => {
    const frame = document.querySelector('iframe')
    if (!frame) throw new Error('There is no iframe.')
    const began = Date.now()
    frame.onload = () => requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now() - began)))
    frame.src = `/page?${round}`
  })
}
