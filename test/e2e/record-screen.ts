import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Page } from 'puppeteer-core'
import type { Area, Picture, Recording } from './browser.ts'

const size = { width: 200, height: 120 }
const framesPerSecond = 40

/** By filming the X screen that a browser with a window is on: the way for Firefox, which has no screencast. */
export async function recordScreen(page: Page, area: Area, display: string, ffmpeg: string): Promise<Recording> {
  const inner = await page.evaluate(() => {
    const { mozInnerScreenX: x, mozInnerScreenY: y } = globalThis as unknown as Record<string, number>
    return { x: x ?? 0, y: y ?? 0 }
  })
  const [left, top] = [inner.x + area.x, inner.y + area.y].map(Math.round)
  const [width, height] = [area.width, area.height].map(length => 2 * Math.floor(length / 2))
  const film = spawn(
    ffmpeg,
    [
      ...['-loglevel', 'fatal', '-f', 'x11grab', '-draw_mouse', '0', '-framerate', `${framesPerSecond}`],
      ...['-video_size', `${width}x${height}`, '-i', `${display}+${left},${top}`],
      ...['-vf', `scale=${size.width}:${size.height}:flags=neighbor`, '-fps_mode', 'passthrough'],
      ...['-pix_fmt', 'rgb24', '-f', 'rawvideo', 'pipe:1'],
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const pieces: Buffer[] = []
  film.stdout.on('data', piece => pieces.push(piece))
  await once(film.stdout, 'data')
  return {
    async stop() {
      film.stdin.end('q')
      await once(film, 'close')
      return picturesOf(Buffer.concat(pieces))
    },
  }
}

function picturesOf(bytes: Buffer): Picture[] {
  const length = size.width * size.height * 3
  return Array.from({ length: Math.floor(bytes.length / length) }, (_, index) => ({
    ...size,
    rgb: bytes.subarray(index * length, (index + 1) * length),
  }))
}
