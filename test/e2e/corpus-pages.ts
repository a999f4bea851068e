import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import type { ElementHandle, Frame, Page, Point } from 'puppeteer-core'
import { viewport } from './browser.ts'

/** A viewer of one of the real pages: the document, and the tab whose mouse and keyboard reach it. */
export interface Hand {
  page: Page
  frame: Frame
}

/** What of a page shows that it works. Its functions without a parameter run in the page. */
export interface RealPage {
  name: string
  /** True once the page's own scripts or style sheets have done their work. */
  rendered: () => unknown
  /** Something to be read on the screen that differs from version to version. */
  shows: () => unknown
  /** A person uses the page, with mouse and keyboard. */
  use: (hand: Hand) => Promise<void>
  /** What that changes. */
  sees: () => Record<string, unknown>
  /** Of what it changes, what lasts when a new version comes. All else only the page's own scripts know. */
  keeps: readonly string[]
  /** Done after that. */
  useMore: (hand: Hand) => Promise<void>
}

/** @returns four versions of the page. */
export function versionsOf(name: string): string[] {
  const file = new URL(`../corpus/${name}.json.br`, import.meta.url)
  return JSON.parse(brotliDecompressSync(readFileSync(file)).toString())
}

const click = ({ frame }: Hand, selector: string): Promise<void> => frame.locator(selector).click()

/** In place of what was in the field. */
async function type({ page, frame }: Hand, selector: string, text: string): Promise<void> {
  await frame.locator(selector).click({ count: 3 })
  await page.keyboard.type(text)
}

/** For fields that hear one key in 200 ms, and no last one. */
async function typeSlowly({ page, frame }: Hand, selector: string, text: string): Promise<void> {
  await frame.locator(selector).click({ count: 3 })
  await page.keyboard.type(text, { delay: 250 })
}

async function press({ page }: Hand, key: 'ArrowRight' | 'Home' | 'Enter', times = 1): Promise<void> {
  for (let time = 0; time < times; time++) await page.keyboard.press(key)
}

export const realPages: readonly RealPage[] = [
  {
    // A flame graph on a canvas; what a search finds in it is drawn in cyan.
    name: '0x',
    rendered: () => document.querySelectorAll('button').length > 10,
    shows: () => document.querySelector('canvas')?.toDataURL(),
    use: hand => click(hand, 'button ::-p-text(init)'),
    sees: () => {
      const canvas = document.querySelector('canvas')
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
      let drawn = 0
      let cyan = 0
      for (let at = 0; at < pixels.length; at += 4) {
        if (pixels[at + 3] === 255) drawn += 1
        if (pixels[at] === 0 && pixels[at + 1] === 255 && pixels[at + 2] === 255) cyan += 1
      }
      return { drawn, found: cyan > 0 }
    },
    keeps: ['drawn', 'found'],
    useMore: hand => type(hand, 'input', 'module'),
  },
  {
    name: 'cucumber',
    rendered: () => document.querySelectorAll('h2[id]').length > 0,
    shows: () => document.querySelector('time')?.closest('div')?.parentElement?.previousElementSibling?.textContent,
    async use(hand) {
      await type(hand, 'input', 'number 0')
      await press(hand, 'Enter')
    },
    sees: () => ({
      search: document.querySelector('input')?.value,
      scenarios: [...document.querySelectorAll('h2[id]')].map(title => title.textContent),
    }),
    keeps: ['search', 'scenarios'],
    async useMore(hand) {
      await type(hand, 'input', 'nothing')
      await press(hand, 'Enter')
    },
  },
  {
    // No script, but `:target`.
    name: 'dependency-cruiser',
    rendered: () => document.querySelectorAll('tr').length > 3,
    shows: () => [...document.querySelectorAll('strong')].map(number => number.textContent).join(),
    use: hand => click(hand, 'a[href="#show-all-the-rules"]'),
    sees: () => ({
      hash: location.hash,
      target: document.querySelector(':target')?.id,
      offers: [...document.querySelectorAll<HTMLElement>('.controls div')].map(control => control.offsetHeight > 0),
    }),
    keeps: ['hash', 'target', 'offers'],
    useMore: hand => click(hand, 'a[href="#no-lodash-definition"]'),
  },
  {
    name: 'eslint',
    rendered: () => document.querySelectorAll('tr[data-group]').length === 7,
    shows: () => [...document.querySelectorAll('td')].find(cell => cell.textContent?.includes('unused'))?.textContent,
    use: hand => click(hand, 'tr[data-group=f-1]'),
    sees: () => ({
      signs: [...document.querySelectorAll('tr[data-group]')].map(row => row.textContent?.trim().slice(0, 3)),
      rows: [...document.querySelectorAll<HTMLElement>('tr')].filter(row => row.offsetHeight > 0).length,
    }),
    keeps: [],
    useMore: hand => click(hand, 'tr[data-group=f-2]'),
  },
  {
    name: 'lighthouse',
    rendered: () => document.querySelectorAll('.lh-gauge-arc').length > 4,
    shows: () => document.querySelector('.lh-topbar__url')?.textContent,
    use: hand => click(hand, '#accessibility .lh-clump--passed > summary'),
    sees: () => ({
      open: [...document.querySelectorAll<HTMLDetailsElement>('.lh-clump--passed')].map(clump => clump.open),
      audits: [...document.querySelectorAll<HTMLElement>('#accessibility .lh-audit')].filter(
        row => row.offsetHeight > 0,
      ).length,
      tools: document.querySelector('.lh-tools__dropdown a')?.checkVisibility({ visibilityProperty: true }),
      scrolled: scrollY > 100,
    }),
    keeps: ['open', 'audits', 'scrolled', 'tools'],
    useMore: hand => click(hand, '#lh-tools-button'),
  },
  {
    name: 'markmap',
    rendered: () => document.querySelectorAll('.markmap-node').length > 10,
    shows: () => document.querySelector('.markmap-node')?.textContent,
    use: fold,
    sees: () => ({ nodes: document.querySelectorAll('.markmap-node').length }),
    keeps: [],
    useMore: fold,
  },
  {
    name: 'marp',
    rendered: () => document.querySelector('.bespoke-marp-active'),
    shows: () => document.querySelector('h1')?.textContent,
    use: hand => press(hand, 'ArrowRight', 2),
    sees: () => ({
      slide: document.querySelector('.bespoke-marp-active h2')?.textContent,
      page: document.querySelector('.bespoke-marp-osc span')?.textContent,
      hash: location.hash,
    }),
    keeps: ['slide', 'page', 'hash'],
    useMore: hand => press(hand, 'ArrowRight'),
  },
  {
    name: 'mermaid',
    rendered: () => document.querySelectorAll('pre > svg').length === 2 && document.querySelector('.messageText'),
    shows: () => `${document.querySelectorAll('.node').length} ${document.querySelector('.messageText')?.textContent}`,
    use: scroll,
    sees: () => ({ scrolled: Math.round(scrollY) }),
    keeps: ['scrolled'],
    useMore: scroll,
  },
  {
    name: 'mochawesome',
    rendered: () => document.querySelector('.ct-chart-donut path'),
    shows: () => document.querySelector('.stats')?.textContent,
    use: hand => click(hand, 'li[class*=test--passed] summary'),
    sees: () => ({
      open: [...document.querySelectorAll<HTMLDetailsElement>('li[class*=test--] details')].findIndex(
        test => test.open,
      ),
      tests: document.querySelectorAll('li[class*=test--component]').length,
    }),
    // Each run gives each test a new random id.
    keeps: ['tests'],
    // Takes the passed ones out.
    useMore: hand => click(hand, 'li[class*=quick-summary--passes] button'),
  },
  {
    // A zip file in base64 holds what it shows.
    name: 'playwright',
    rendered: () => document.querySelectorAll('.test-file-test').length > 0,
    shows: () => document.querySelector('.subnav-item')?.textContent,
    async use(hand) {
      await type(hand, 'input', 'case 1')
      await press(hand, 'Enter')
    },
    sees: () => ({
      search: document.querySelector('input')?.value.trim(),
      cases: [...document.querySelectorAll('.test-file-title')].map(title => title.textContent),
    }),
    keeps: ['search', 'cases'],
    useMore: hand => click(hand, '.subnav-item ::-p-text(Failed)'),
  },
  {
    name: 'revealjs',
    rendered: () => document.querySelector('.reveal.ready .progress'),
    shows: () => document.querySelector('h2')?.textContent,
    async use(hand) {
      await press(hand, 'ArrowRight', 3)
      // Written once a second at most.
      await hand.frame.waitForFunction(() => location.hash === '#/s1')
    },
    sees: () => ({
      slide: document.querySelector('section.present')?.id,
      revealed: document.querySelectorAll('section.present .fragment.visible').length,
    }),
    keeps: ['slide', 'revealed'],
    useMore: hand => press(hand, 'ArrowRight'),
  },
  {
    name: 'rollup-plugin-visualizer',
    rendered: () => document.querySelectorAll('svg rect').length > 50,
    shows: () => [...document.querySelectorAll('rect')].map(({ outerHTML }) => outerHTML).join(),
    async use(hand) {
      await typeSlowly(hand, '#module-filter-exclude', '**/_*')
      await hand.frame.waitForFunction(() => document.querySelectorAll('rect').length < 400)
    },
    sees: () => ({
      exclude: document.querySelector('input')?.value,
      modules: document.querySelectorAll('svg rect').length,
    }),
    keeps: ['exclude', 'modules'],
    async useMore(hand) {
      await typeSlowly(hand, '#module-filter-include', '**/is*')
      await hand.frame.waitForFunction(() => document.querySelectorAll('rect').length < 100)
    },
  },
  {
    // A style sheet and a script come as data: URLs.
    name: 'source-map-explorer',
    rendered: () =>
      getComputedStyle(document.querySelector('.webtreemap-node') ?? document.body).position === 'absolute',
    shows: () => document.querySelector('.webtreemap-caption')?.textContent,
    use: hand => click(hand, '[title^="debounce.js"]'),
    sees: () => ({
      zoomed: (document.querySelector<HTMLElement>('[title^="debounce.js"]')?.offsetWidth ?? 0) > innerWidth / 2,
    }),
    keeps: [],
    useMore: hand => click(hand, '[title^="debounce.js"]'),
  },
  {
    name: 'vega',
    rendered: () => document.querySelectorAll('.mark-rect path').length > 5,
    shows: () => document.querySelector('.role-title-text')?.textContent,
    async use(hand) {
      await hand.frame.focus('input[type=range]')
      await press(hand, 'Home')
      await press(hand, 'ArrowRight', 9)
    },
    sees: () => ({
      top: document.querySelector('input')?.value,
      written: document.querySelector('.vega-bind label')?.textContent,
      red: document.querySelectorAll('.mark-rect path[fill=crimson]').length,
    }),
    keeps: ['top', 'written', 'red'],
    useMore: hand => press(hand, 'ArrowRight', 20),
  },
  {
    name: 'webpack-bundle-analyzer',
    rendered: () => document.querySelector('canvas'),
    shows: () => [...document.querySelectorAll('canvas')].map(layer => layer.toDataURL()).join(),
    async use(hand) {
      await openSidebar(hand)
      await click(hand, '.ThemeToggle__themeToggle')
    },
    sees: () => ({
      background: getComputedStyle(document.body).backgroundColor,
      found: document.querySelector('.ModulesTreemap__foundModulesInfo')?.textContent?.trim() ?? '',
    }),
    // The theme is in its storage, and it does not take it from there at a real address either.
    keeps: ['found'],
    async useMore(hand) {
      await openSidebar(hand)
      await type(hand, '.Search__input', 'index')
    },
  },
]

/** Folds one of the branches of the map. */
async function fold({ page, frame }: Hand): Promise<void> {
  const nodes = await frame.$$eval('.markmap-node', all => all.length)
  const circle = await frame.$('[data-depth="2"]:not(.markmap-fold) > circle')
  if (!circle) throw new Error('The map has no branches.')
  const { x, y } = await atRest(circle)
  await page.mouse.click(x, y)
  await frame.waitForFunction(before => document.querySelectorAll('.markmap-node').length < before, {}, nodes)
}

/** The middle of an element that has stopped moving. */
async function atRest(element: ElementHandle): Promise<Point> {
  let last: Point | undefined
  for (;;) {
    const now = await element.clickablePoint()
    if (last?.x === now.x && last.y === now.y) return now
    last = now
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}

async function scroll({ page, frame }: Hand): Promise<void> {
  await (await frame.$('h1'))?.hover()
  await page.mouse.wheel({ deltaY: 130 })
}

/** It hides by itself after a while, unless the mouse is over it. */
async function openSidebar({ page, frame }: Hand): Promise<void> {
  await page.mouse.move(viewport.width - 50, viewport.height / 2)
  await page.mouse.move(100, viewport.height / 2)
  if (!(await frame.$('.Search__input'))) await frame.click('.Sidebar__toggleButton')
  await frame.waitForSelector('.Search__input')
}
