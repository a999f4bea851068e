/** Something the sandbox will block. `at` is an offset in the text that was looked at. */
export interface Finding {
  at: number
  rule: string
  message: string
}

/** Of an address, as much as a warning shows. */
const shownChars = 80

/** True when loading this leaves the page: the sandbox lets in only what the page holds itself. */
export function leavesPage(url: string): boolean {
  const trimmed = url.slice(0, 100).trim()
  return trimmed !== '' && !/^(?:data:|blob:|about:|javascript:|#)/i.test(trimmed)
}

export function shown(url: string): string {
  const trimmed = url.slice(0, 1_000).trim()
  return trimmed.length > shownChars ? `${trimmed.slice(0, shownChars)}…` : trimmed
}
