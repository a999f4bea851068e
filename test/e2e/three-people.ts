import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Page } from 'puppeteer-core'
import type { Published } from '../../shared/api.ts'
import { limits } from '../../shared/limits.ts'
import { typeLogin } from '../provider/browser.ts'
import type { Claims } from '../provider/settings.ts'
import { openBrowser, type Setup, type TestBrowser } from './browser.ts'
import { sight } from './sight.ts'
import { eventually, shownFrame } from './stage.ts'

/** What the identity provider says of them: Cleo is of a group. */
export const threePeople: Record<Name, Claims> = {
  ana: { email: 'ana@acme.example', email_verified: true, name: 'Ana Lima', org: 'acme', groups: [] },
  ben: { email: 'ben@acme.example', email_verified: true, name: 'Ben Okafor', org: 'acme', groups: [] },
  cleo: { email: 'cleo@acme.example', email_verified: true, name: 'Cleo Marsh', org: 'acme', groups: ['Design'] },
}
const names = ['ana', 'ben', 'cleo'] as const
type Name = (typeof names)[number]

/** One thing that somebody does, and what each of them sees then. */
interface Step {
  does: string
  /** Up to the last click, which is not made yet. */
  prepare?: () => Promise<void>
  act: () => Promise<unknown>
  ana: string
  ben: string
  cleo: string
  /** Who opens the page again: it does not go looking for whoever may not see it, and has not asked. */
  opensAgain?: readonly Name[]
}

/** What each of them saw after a step, and milliseconds from the last click until they saw it; undefined: as before. */
export type Seen = { step: string } & Record<Name, { sees: string; after: number | undefined; opened: boolean }>

const unseen = 'You can’t see this page'
/** Sooner than a node compares its rooms with the database by itself: it was told. Milliseconds. */
const told = limits.reconcile / 2

/** Three people in three browsers of their own, each signed in at the provider, before one page of Ana's. */
export class ThreePeople {
  readonly seen: Seen[] = []
  readonly pages: Readonly<Record<Name, Page>>
  private readonly browsers: readonly TestBrowser[]
  private readonly url: string
  private readonly id: string
  /** Where pictures of every step go, if anywhere. */
  private readonly pictures = process.env.PICTURES

  private constructor(browsers: readonly TestBrowser[], pages: Record<Name, Page>, { url, id }: Published) {
    this.browsers = browsers
    this.pages = pages
    this.url = url
    this.id = id
  }

  /** @param setup of the browsers */
  static async meet(appUrl: string, setup: Setup = {}): Promise<ThreePeople> {
    const browsers = await Promise.all(names.map(() => openBrowser('chromium', { ...setup, oneProfile: true })))
    const [ana, ben, cleo] = await Promise.all(browsers.map(browser => browser.newPage()))
    if (!ana || !ben || !cleo) throw new Error('There are not three browsers.')
    const pages = { ana, ben, cleo }
    await ana.goto(appUrl)
    await typeLogin(ana, 'ana')
    const published = await publish(ana, 1)
    await Promise.all(names.map(name => pages[name].goto(published.url)))
    for (const name of ['ben', 'cleo'] as const) await typeLogin(pages[name], name)
    return new ThreePeople(browsers, pages, published)
  }

  /** All of it, step by step. */
  async walk(): Promise<void> {
    for (const step of [...this.sharing(), ...this.pinning(), ...this.asking()]) await this.take(step)
  }

  close(): Promise<unknown> {
    return Promise.all(this.browsers.map(browser => browser.close()))
  }

  private sharing(): Step[] {
    return [
      {
        does: 'Ana has published a page',
        act: () => this.live('ana'),
        ...{ ana: 'version 1', ben: unseen, cleo: unseen },
      },
      {
        does: 'Ana shares it with Ben',
        prepare: () => this.find('ben', 'Ben Okafor'),
        act: () => this.key('Enter'),
        opensAgain: ['ben'],
        ...{ ana: 'version 1', ben: 'version 1', cleo: unseen },
      },
      {
        does: 'Ana publishes version 2',
        act: () => this.publish(2),
        ...{ ana: 'version 2', ben: 'version 2', cleo: unseen },
      },
      {
        does: 'Ana takes Ben off the list',
        prepare: () => this.press('[aria-label="Remove Ben Okafor"]'),
        act: () => this.press('.leaving .danger'),
        ...{ ana: 'version 2', ben: unseen, cleo: unseen },
      },
      {
        does: 'Ana shares it with everyone',
        act: () => this.press('.choice button', 'Everyone at Acme'),
        opensAgain: ['ben', 'cleo'],
        ...{ ana: 'version 2', ben: 'version 2', cleo: 'version 2' },
      },
    ]
  }

  private pinning(): Step[] {
    const pinned = (latest: number, to: number) => `version ${latest}, viewers see version ${to}`
    return [
      {
        does: 'Ana pins it',
        act: () => this.press('[role=switch]'),
        ...{ ana: pinned(2, 2), ben: 'version 2', cleo: 'version 2' },
      },
      {
        does: 'Ana publishes version 3',
        act: () => this.publish(3),
        ...{ ana: pinned(3, 2), ben: 'version 2', cleo: 'version 2' },
      },
      {
        does: 'Ana moves the pin back',
        prepare: () => this.press('.chosen'),
        act: () => this.press('.versions .choice button', 'Version 1'),
        ...{ ana: pinned(3, 1), ben: 'version 1', cleo: 'version 1' },
      },
      {
        does: 'Ana moves the pin forward',
        act: () => this.press('.versions .choice button', 'Version 2'),
        ...{ ana: pinned(3, 2), ben: 'version 2', cleo: 'version 2' },
      },
      {
        does: 'Ana has it follow again',
        act: () => this.press('[role=switch]'),
        ...{ ana: 'version 3', ben: 'version 3', cleo: 'version 3' },
      },
      {
        does: 'Ana publishes version 4',
        act: () => this.publish(4),
        ...{ ana: 'version 4', ben: 'version 4', cleo: 'version 4' },
      },
    ]
  }

  private asking(): Step[] {
    return [
      {
        does: 'Ana narrows it to people and groups',
        act: () => this.press('.choice button', 'People and groups'),
        ...{ ana: 'version 4', ben: unseen, cleo: unseen },
      },
      {
        does: 'Ana adds the group Design',
        prepare: () => this.find('des', 'Design'),
        act: () => this.key('Enter'),
        opensAgain: ['cleo', 'ben'],
        ...{ ana: 'version 4', ben: unseen, cleo: 'version 4' },
      },
      {
        does: 'Ben asks for access',
        act: () => press(this.pages.ben, '.instead button', 'Request access'),
        ...{ ana: 'version 4, 1 asks', ben: unseen, cleo: 'version 4' },
      },
      {
        does: 'Ana allows Ben',
        act: () => this.press('.requests button', 'Allow'),
        ...{ ana: 'version 4', ben: 'version 4', cleo: 'version 4' },
      },
      {
        does: 'Ana makes Ben an editor',
        act: () => this.pages.ana.select('[aria-label="What Ben Okafor may do"]', 'editor'),
        ...{ ana: 'version 4', ben: 'version 4, may publish', cleo: 'version 4' },
      },
      {
        does: 'Ana takes the group off the list',
        prepare: () => this.press('[aria-label="Remove Design"]'),
        act: () => this.press('.leaving .danger'),
        ...{ ana: 'version 4', ben: 'version 4, may publish', cleo: unseen },
      },
      {
        does: 'Ana keeps it to herself',
        act: () => this.press('.choice button', 'Only you'),
        ...{ ana: 'version 4', ben: unseen, cleo: unseen },
      },
    ]
  }

  private async take({ does, prepare, act, opensAgain = [], ...wanted }: Step): Promise<void> {
    const before = this.seen.at(-1)
    await prepare?.()
    const waits = names.filter(name => !opensAgain.includes(name) && before?.[name].sees !== wanted[name])
    const clicked = Date.now()
    const seeing = new Map(waits.map(name => [name, this.until(name, wanted[name], does)]))
    await act()
    const opened = Date.now()
    for (const name of opensAgain) {
      if (before?.[name].sees !== wanted[name]) seeing.set(name, this.openAgain(name, wanted[name], does))
    }
    const at = new Map(await Promise.all([...seeing].map(async ([name, when]) => [name, await when] as const)))
    // Nobody sees more, or less, a moment later.
    await sleep(5 * limits.conflation)
    const row = (name: Name) => {
      const isOpened = opensAgain.includes(name) && at.has(name)
      const when = at.get(name)
      const after = when === undefined ? undefined : when - (isOpened ? opened : clicked)
      return { sees: wanted[name], after, opened: isOpened }
    }
    for (const name of names) {
      expect(await this.pages[name].evaluate(sight), `${name}, after: ${does}`).to.equal(wanted[name])
      await this.readsWhatItSays(name, wanted[name])
      if (this.pictures) await this.picture(name)
    }
    this.seen.push({ step: does, ana: row('ana'), ben: row('ben'), cleo: row('cleo') })
  }

  /** @returns when, by the clock that everybody here has */
  private async until(name: Name, wanted: string, does: string): Promise<number> {
    const page = this.pages[name]
    const source = `(${sight})() === ${JSON.stringify(wanted)} && Date.now()`
    try {
      const timeout = wanted === unseen ? told : 20_000
      return Number(await (await page.waitForFunction(source, { polling: 10, timeout })).jsonValue())
    } catch {
      throw new Error(`${does}: ${name} should see "${wanted}", and sees "${await page.evaluate(sight)}".`)
    }
  }

  private async openAgain(name: Name, wanted: string, does: string): Promise<number> {
    await this.said()
    await this.pages[name].goto(this.url)
    return this.until(name, wanted, does)
  }

  /** In the page itself, not only beside it. */
  private async readsWhatItSays(name: Name, sees: string): Promise<void> {
    const [, number] = /^version (\d+)/.exec(sees) ?? []
    if (number === undefined) return expect(await this.pages[name].$$('iframe')).to.have.length(0) && undefined
    await eventually(async () => {
      const text = await (await shownFrame(this.pages[name])).$eval('h1', h1 => h1.textContent)
      expect(text).to.equal(`Deploys, version ${number}`)
    }, 5_000)
  }

  private async picture(name: Name): Promise<void> {
    const path = `${join(this.pictures ?? '', `${String(this.seen.length).padStart(2, '0')}-${name}`)}.png` as const
    await this.pages[name].screenshot({ path })
  }

  private publish = (number: number) => publish(this.pages.ana, number, this.id)

  /** Ana's dialog is open from then on. */
  private async live(name: Name): Promise<void> {
    await says(this.pages[name], '.state', 'Live')
    await press(this.pages.ana, 'header .share', 'Share')
    await this.pages.ana.waitForSelector('dialog.sharing .picker input')
  }

  private async find(letters: string, offer: string): Promise<void> {
    await this.pages.ana.type('.picker input', letters)
    await says(this.pages.ana, '[role=option][aria-selected=true]', offer)
  }

  private key = (key: 'Enter') => this.pages.ana.keyboard.press(key)
  private press = (selector: string, text = '') => press(this.pages.ana, selector, text)
  /** What Ana did was kept. */
  private said = () => says(this.pages.ana, '.foot [role=status]', ' now.')
}

/** As their browser, signed in, would have it done by a script of theirs. */
async function publish(page: Page, number: number, to?: string): Promise<Published> {
  const path = to === undefined ? '/api/v1/artifacts' : `/api/v1/artifacts/${to}/versions`
  return page.evaluate(
    async (path, body) => {
      const answer = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'text/html' }, body })
      if (!answer.ok) throw new Error(await answer.text())
      return answer.json()
    },
    path,
    pageOf(number),
  )
}

const pageOf = (number: number): string => `<!doctype html><title>Deploys</title>
<style>
  body { font: 16px/1.6 system-ui; margin: 0; padding: 3rem; color: #fff; background: hsl(${number * 80} 45% 32%) }
  h1 { font-size: 2.5rem; margin: 0 }
</style>
<h1>Deploys, version ${number}</h1>
<p>${number * 7} deploys this week, ${number} of them rolled back.</p>`

async function says(page: Page, selector: string, text: string): Promise<void> {
  await page.waitForFunction(
    (at, wanted) => [...document.querySelectorAll(at)].some(element => element.textContent?.includes(wanted)),
    { timeout: 20_000, polling: 20 },
    selector,
    text,
  )
}

/** The first that has this text, once there is one. */
async function press(page: Page, selector: string, text: string): Promise<void> {
  await says(page, selector, text)
  for (const element of await page.$$(selector)) {
    if ((await element.evaluate(({ textContent }) => textContent))?.includes(text)) return element.click()
  }
}

/** Of a walk: step × person, what they saw and after how many milliseconds. */
export function tableOf(seen: readonly Seen[]): string {
  const cell = ({ sees, after, opened }: Seen[Name]) =>
    after === undefined ? sees : `${sees} (${after} ms${opened ? ' from opening it again' : ''})`
  const rows = [['', 'Ana', 'Ben', 'Cleo'], ...seen.map(row => [row.step, ...names.map(name => cell(row[name]))])]
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows
    .map(
      row =>
        `  ${row
          .map((text, column) => text.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}`,
    )
    .join('\n')
}
