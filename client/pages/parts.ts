/**
 * What the server has put on a page, by id.
 * @param sections of which one is seen at a time
 */
export function parts(sections: readonly string[]) {
  const part = (id: string): HTMLElement => {
    const element = document.getElementById(id)
    if (!element) throw new Error(`No #${id} on this page.`)
    return element
  }
  return {
    part,
    /** Whoever listens hears its heading. */
    show(id: string): void {
      for (const section of sections) part(section).hidden = section !== id
      part(id).querySelector('h1')?.focus()
    },
  }
}
