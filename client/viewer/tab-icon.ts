const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** An emoji as the tab's icon: a data URL of an SVG. The icon is the publisher's text, and stays text. */
export function tabIcon(icon: string): string {
  // Neither XML nor a URL can carry control characters or half a pair.
  const text = icon.replace(/[\p{Cc}\p{Cs}\p{Cn}]/gu, '').replace(/[&<>]/g, character => entities[character] ?? '')
  return `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><text x="50" y="54" font-size="84" text-anchor="middle" dominant-baseline="central">${text}</text></svg>`,
  )}`
}
