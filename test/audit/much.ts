import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAccessTokenFor } from '../../server/core/access-tokens.ts'
import { addMember, addOrg } from '../../server/core/people.ts'
import { openOffice } from '../../server/operator/office.ts'
import { freePorts, type Serving, serveGalley } from '../galley-process.ts'
import type { Implementation } from '../store/implementations.ts'
import { addManyAuditRows } from '../store/many-audit-rows.ts'

/** A server in a process of its own, with a long audit log, and what it takes to read that. */
export interface Much {
  /** @returns its milliseconds, the bytes and rows that came, and the most memory (MiB) that the server had meanwhile */
  export(format: 'jsonl' | 'csv'): Promise<{ ms: number; MiB: number; rows: number; most: number }>
  /** Begins to read, stops for so long, and goes away. @returns the most memory (MiB) that the server had meanwhile */
  stall(ms: number): Promise<number>
  /** Of the log, narrowed so: the first page, and each next one. @returns milliseconds of the slowest */
  read(query: Record<string, string>, pages: number): Promise<number>
  /** Of the last row: milliseconds. */
  endsAt: number
  close(): Promise<void>
}

/** @param count rows, of which nine in ten are of the organisation that reads */
export async function withMuch(implementation: Implementation, count: number): Promise<Much> {
  const place = await implementation.makePlace()
  const ports = await freePorts()
  const isEmbedded = implementation.name === 'SQLite'
  const where = isEmbedded ? { GALLEY_DATA_DIR: place } : { DATABASE_URL: place }
  const env = { ...ports, ...where, GALLEY_PUBLIC_URL: `http://localhost:${ports.GALLEY_PORT}` }
  const { orgId, otherOrgId, token } = await makeOwner(env)
  const endsAt = Date.now()
  await addManyAuditRows(implementation, place, { orgId, otherOrgId, count, endsAt })
  // PostgreSQL does so by itself, and SQLite does not.
  if (!isEmbedded) await implementation.sql(place, 'analyze')
  const server = await serveGalley(env)
  const headers = { Authorization: `Bearer ${token}` }
  const opened = async (format: string): Promise<IncomingMessage> => {
    const path = `${server.url}/api/v1/admin/audit/export?format=${format}`
    const [answer] = await once(request(path, { method: 'POST', headers, agent: false }).end(), 'response')
    return answer as IncomingMessage
  }
  return {
    endsAt,
    async export(format) {
      const [begun, watch] = [performance.now(), watchMemory(server)]
      let [bytes, rows] = [0, 0]
      for await (const chunk of (await opened(format)) as AsyncIterable<Buffer>) {
        bytes += chunk.length
        for (const byte of chunk) if (byte === 10) rows++
      }
      return { ms: performance.now() - begun, MiB: bytes / 2 ** 20, rows, most: await watch.end() }
    },
    async stall(ms) {
      const watch = watchMemory(server)
      const answer = await opened('jsonl')
      await sleep(ms)
      answer.destroy()
      return watch.end()
    },
    async read(query, pages) {
      let [slowest, cursor]: [number, string | null] = [0, null]
      for (let page = 0; page < pages && (page === 0 || cursor !== null); page++) {
        const more: Record<string, string> = cursor === null ? {} : { cursor }
        const begun = performance.now()
        const search = new URLSearchParams({ limit: '100', ...query, ...more })
        const answer = await fetch(`${server.url}/api/v1/admin/audit?${search}`, { headers })
        if (!answer.ok) throw new Error(await answer.text())
        ;({ nextCursor: cursor } = (await answer.json()) as { nextCursor: string | null })
        slowest = Math.max(slowest, performance.now() - begun)
      }
      return slowest
    },
    async close() {
      await server.stop()
      await implementation.removePlace(place)
    },
  }
}

async function makeOwner(env: Record<string, string>) {
  const office = await openOffice(env, { make: true })
  try {
    const { world, identity } = office
    const [{ id: orgId }, { id: otherOrgId }] = [
      await addOrg(world, { name: 'Acme' }),
      await addOrg(world, { name: 'Other' }),
    ]
    const owner = await addMember(world, { orgId, email: 'olive@acme.example', role: 'owner' })
    const made = await createAccessTokenFor(world, owner, { name: 'test', scope: 'full', expiresIn: 86_400 })
    return { orgId, otherOrgId, token: await identity.accessToken(made) }
  } finally {
    await office.close()
  }
}

/** Of the process, not of what it has asked the system to keep in its caches. */
function watchMemory({ process: { pid } }: Serving): { end(): Promise<number> } {
  const done = new AbortController()
  const watching = (async () => {
    let most = 0
    while (!done.signal.aborted) {
      const [, kiB] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
      most = Math.max(most, Number(kiB) / 1024)
      await sleep(20, undefined, { signal: done.signal }).catch(() => {})
    }
    return most
  })()
  return {
    end() {
      done.abort()
      return watching
    },
  }
}
