import { PNG } from 'pngjs'
import type { Page } from 'puppeteer-core'
import type { Area, Picture, Recording } from './browser.ts'

/** By Chromium's own screencast: every frame that its compositor makes, the next as soon as one is acknowledged. */
export async function recordScreencast(page: Page, area: Area): Promise<Recording> {
  const session = await page.createCDPSession()
  const shots: { data: string; at: number }[] = []
  session.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
    shots.push({ data, at: metadata.timestamp ?? 0 })
    session.send('Page.screencastFrameAck', { sessionId }).catch(() => {})
  })
  const width = await page.evaluate(() => innerWidth)
  await session.send('Page.startScreencast', { format: 'png', maxWidth: 250, maxHeight: 250, everyNthFrame: 1 })
  return {
    async stop() {
      await session.send('Page.stopScreencast')
      await session.detach()
      // They are encoded side by side, and one may overtake another.
      shots.sort((one, other) => one.at - other.at)
      return shots.map(({ data }) => cut(PNG.sync.read(Buffer.from(data, 'base64')), width, area))
    },
  }
}

function cut(png: PNG, viewportWidth: number, area: Area): Picture {
  const scale = png.width / viewportWidth
  const [left, top, width, height] = [area.x, area.y, area.width, area.height].map(length => Math.floor(length * scale))
  const picture = new PNG({ width: width ?? 0, height: height ?? 0 })
  PNG.bitblt(png, picture, left, top, width, height, 0, 0)
  return { width: picture.width, height: picture.height, rgb: picture.data.filter((_, index) => index % 4 !== 3) }
}
