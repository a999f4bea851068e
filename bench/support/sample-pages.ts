/** Pages like those that are published: a report with a table, a chart, some script, and images as data URIs. */

/** Deterministic, so that two runs measure the same bytes. */
function noise(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** @param dataUriBytes of the page's size, this much is one image in base64. */
export function report(size: number, dataUriBytes = 0, seed = 1): string {
  const random = noise(seed)
  const image = Buffer.from(Array.from({ length: Math.floor(dataUriBytes * 0.75) }, () => random() * 256))
  const parts = [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Deploy failures</title>\n',
    '<style>body { font: 16px/1.5 system-ui; margin: 2rem } td { padding: 4px 8px; border-bottom: 1px solid #ddd }</style>\n',
    '</head><body><h1>Deploy failures</h1>\n',
    image.length > 0 ? `<img alt="" src="data:image/png;base64,${image.toString('base64')}">\n` : '',
    '<table><tbody>\n',
  ]
  let length = parts.join('').length
  for (let row = 0; length < size - 200; row += 1) {
    const line = `<tr id="r${row}"><td>job-${Math.floor(random() * 1e6)}</td><td>${['ok', 'failed', 'skipped'][Math.floor(random() * 3)]}</td><td>${Math.floor(random() * 9e4)} ms</td></tr>\n`
    parts.push(line)
    length += line.length
  }
  parts.push(
    '</tbody></table>\n<script>document.querySelector("h1").title = document.querySelectorAll("tr").length</script>\n</body></html>\n',
  )
  return parts.join('')
}

/** The same page with one table row changed, near the end; `round` makes each change another. */
export function editRow(page: string, round = 0): string {
  const at = page.indexOf('<td>', page.lastIndexOf('<tr', Math.floor(page.length * 0.95)))
  return `${page.slice(0, at)}<td class="bad">job-edited-${round}</td>${page.slice(page.indexOf('</td>', at) + 5)}`
}
