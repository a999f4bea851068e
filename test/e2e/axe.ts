import axe from 'axe-core'
import type { Page } from 'puppeteer-core'

/** What axe objects to on this page as it is now: the rule, and the first thing that breaks it. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Evaluated, not added as an element: the page's own policy lets no other script in.
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    return (await axe.run()).violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)
  })
}
