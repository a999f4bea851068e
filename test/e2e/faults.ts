import type { Frame, Page } from 'puppeteer-core'

/** From now on each document of this tab notes what goes wrong in it: engines differ in what they tell of a frame's console. */
export async function noteFaults(page: Page): Promise<Page> {
  await page.evaluateOnNewDocument(() => {
    const faults: string[] = []
    Object.defineProperty(window, 'faults', { value: faults })
    const notes = [
      () => addEventListener('error', ({ message }) => faults.push(`error: ${message}`)),
      () => addEventListener('unhandledrejection', ({ reason }) => faults.push(`rejection: ${reason}`)),
      () =>
        addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
          faults.push(`${effectiveDirective}: ${blockedURI}`),
        ),
    ]
    for (const note of notes) note()
    // It takes all listeners away, and is how a page gets into its frame.
    Document.prototype.open = new Proxy(Document.prototype.open, {
      apply(open, document, given) {
        const opened = Reflect.apply(open, document, given)
        for (const note of notes) note()
        return opened
      },
    })
  })
  return page
}

export const faultsIn = (frame: Frame): Promise<string[]> =>
  frame.evaluate(() => (window as unknown as { faults: string[] }).faults)
