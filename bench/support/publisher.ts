import type { Published } from '../../shared/api.ts'
import type { BenchServer } from './server.ts'

/** Publishes over HTTP as any client does: a new artifact, or the next version of one. */
export async function publish(
  server: BenchServer,
  html: string | Uint8Array<ArrayBuffer>,
  to?: string,
): Promise<Published> {
  const path = to === undefined ? '/api/v1/artifacts' : `/api/v1/artifacts/${to}/versions`
  const headers = { Authorization: `Bearer ${server.token}`, 'Content-Type': 'text/html' }
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: html })
  if (!answer.ok) throw new Error(`Could not publish: ${await answer.text()}`)
  return (await answer.json()) as Published
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
