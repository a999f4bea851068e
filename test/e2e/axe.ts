import axe from 'axe-core'
import type { Page } from 'puppeteer-core'

/**
 * What axe objects to on this page as it is now: the rule, and the first thing that breaks it.
 * @param rules all, unless some are named
 */
export async function violationsOf(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Evaluated, not added as an element: the page's own policy lets no other script in.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async rules => {
    const { axe } = window as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run(rules ? { runOnly: rules } : {})
    return violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)
  }, rules)
}

/** The same on a desk and on a phone: all of it in light; in dark the contrasts, since nothing else is other there. */
export async function violationsOnEach(page: Page, where: string): Promise<string[]> {
  const violations: string[] = []
  for (const width of [1280, 390]) {
    await page.setViewport({ width, height: 800 })
    for (const value of ['light', 'dark']) {
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ])
      const found = await violationsOf(page, value === 'dark' ? ['color-contrast'] : undefined)
      violations.push(...found.map(violation => `${where}, ${value}, ${width}: ${violation}`))
    }
    const isWide = await page.$eval('html', ({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
    if (isWide) violations.push(`${where}: wider than a window of ${width}`)
  }
  return violations
}
