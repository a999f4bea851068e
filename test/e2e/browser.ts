import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer, { type Browser, type BrowserContextOptions, type Page } from 'puppeteer-core'
import { installed } from '../installed.ts'
import { recordScreen } from './record-screen.ts'
import { recordScreencast } from './record-screencast.ts'

/** Real browsers, as a person has them: Debian's chromium, and its stock firefox-esr on a screen of its own. */
export type Engine = 'chromium' | 'firefox'
export const engines: readonly Engine[] = ['chromium', 'firefox']

export const viewport = { width: 1000, height: 700 }

/** A part of the viewport, in CSS pixels. */
export interface Area {
  x: number
  y: number
  width: number
  height: number
}

/** One frame of a recording: rows of red, green, blue. */
export interface Picture {
  width: number
  height: number
  rgb: Uint8Array
}

export interface Recording {
  /** Everything that was on the screen since, oldest first. */
  stop(): Promise<Picture[]>
}

export interface TestBrowser {
  engine: Engine
  /** The folder that files are saved into. */
  downloads: string
  /** A tab with storage of its own. */
  newPage(): Promise<Page>
  record(page: Page, area: Area): Promise<Recording>
  close(): Promise<void>
}

/** Beside what every test has. */
export interface Setup {
  /** All tabs in the browser's own profile: in a tab with storage of its own Chromium never connects ahead of need. */
  oneProfile?: boolean
  /** Chromium's. */
  args?: readonly string[]
  /** Firefox's. */
  prefs?: Record<string, unknown>
  env?: Record<string, string>
}

export const openBrowser = (engine: Engine, setup: Setup = {}): Promise<TestBrowser> =>
  engine === 'chromium' ? openChromium(setup) : openFirefox(setup)

async function openChromium(setup: Setup): Promise<TestBrowser> {
  const executablePath = installed('CHROMIUM', ['chromium', 'chromium-browser', 'google-chrome'])
  const userDataDir = await mkdtemp(join(tmpdir(), 'galley-chromium-'))
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
  args.push('--disable-component-update', '--disable-sync', ...(setup.args ?? []))
  const env = { ...process.env, ...setup.env }
  const browser = await puppeteer.launch({ executablePath, userDataDir, args, env, defaultViewport: viewport })
  const downloads = join(userDataDir, 'saved')
  return {
    engine: 'chromium',
    downloads,
    newPage: () =>
      setup.oneProfile
        ? browser.newPage()
        : tabOf(browser, { downloadBehavior: { policy: 'allow', downloadPath: downloads } }),
    record: recordScreencast,
    close: () => closeAll(browser, userDataDir),
  }
}

async function openFirefox(setup: Setup): Promise<TestBrowser> {
  const executablePath = installed('FIREFOX', ['firefox-esr', 'firefox'])
  const screen = await startScreen()
  const userDataDir = await mkdtemp(join(tmpdir(), 'galley-firefox-'))
  const downloads = join(userDataDir, 'saved')
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    userDataDir,
    headless: false,
    env: { ...process.env, ...setup.env, DISPLAY: screen.display, MOZ_ENABLE_WAYLAND: '0' },
    args: [`--width=${viewport.width + 100}`, `--height=${viewport.height + 150}`],
    defaultViewport: null,
    extraPrefsFirefox: {
      'browser.download.folderList': 2,
      'browser.download.dir': downloads,
      'browser.download.always_ask_before_handling_new_types': false,
      ...setup.prefs,
    },
  })
  return {
    engine: 'firefox',
    downloads,
    newPage: () => tabOf(browser),
    record: (page, area) => recordScreen(page, area, screen.display, installed('FFMPEG', ['ffmpeg'])),
    async close() {
      await closeAll(browser, userDataDir)
      screen.process.kill()
    },
  }
}

/** Tests do not share cookies, storage or permissions. */
async function tabOf(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.createBrowserContext(options)
  return context.newPage()
}

async function closeAll(browser: Browser, userDataDir: string): Promise<void> {
  await browser.close()
  await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 })
}

/** An X server of our own, on the first free display. */
async function startScreen(): Promise<{ display: string; process: ChildProcess }> {
  const args = ['-displayfd', '3', '-screen', '0', '1280x960x24', '-nolisten', 'tcp', '-noreset']
  const server = spawn(installed('XVFB', ['Xvfb']), args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const display = await new Promise<string>((resolve, reject) => {
    server.once('exit', code => reject(new Error(`Xvfb ended at once, with code ${code}.`)))
    server.stdio[3]?.once('data', number => resolve(`:${String(number).trim()}`))
  })
  return { display, process: server }
}
