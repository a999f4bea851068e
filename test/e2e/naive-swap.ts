import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Page } from 'puppeteer-core'

/**
 * What a simpler design would do: put a new frame in the place of the old one. Only here, to show that the check for
 * blank frames sees them.
 */
export async function openNaiveStage(page: Page, html: (version: number) => string) {
  const server = createServer((req, res) => {
    const version = Number(req.url?.slice(1))
    res.setHeader('Content-Type', 'text/html; charset=utf-8')
    res.end(
      version > 0
        ? html(version)
        : '<!doctype html><body style="margin:0"><iframe sandbox="allow-scripts" style="position:fixed;border:0;width:100%;height:100%">',
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await page.goto(`http://localhost:${port}/0`)
  return {
    update: (version: number) =>
      page.evaluate(
        url =>
          new Promise<void>(resolve => {
            const old = document.querySelector('iframe')
            const frame = old?.cloneNode() as HTMLIFrameElement
            frame.addEventListener('load', () => setTimeout(resolve, 100), { once: true })
            frame.src = url
            old?.replaceWith(frame)
          }),
        `http://127.0.0.1:${port}/${version}`,
      ),
    async close() {
      await page.browserContext().close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
