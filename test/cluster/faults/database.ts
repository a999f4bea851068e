import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { postgresCommand } from '../../postgres.ts'
import { type Fault, nodeOf, onEach } from '../fault.ts'
import type { Stage } from '../stage.ts'

/** What happens to PostgreSQL, and to the nodes' ways there. Nothing is acknowledged that it has not kept. */

const mend = (stage: Stage): Promise<void> => onEach(stage, ({ toPostgres }) => toPostgres.mend())

export const restarted: Fault = {
  name: 'PostgreSQL is restarted',
  holds: 2000,
  begin: ({ cluster }) => cluster.postgres.stop(),
  end: ({ cluster }) => cluster.postgres.start(),
}

export const killed: Fault = {
  name: 'PostgreSQL is killed, and recovers',
  holds: 1000,
  begin: ({ cluster }) => cluster.postgres.stop('SIGKILL'),
  end: ({ cluster }) => cluster.postgres.start(),
}

export const frozen: Fault = {
  name: 'PostgreSQL stands still for 5 s',
  holds: 5000,
  begin: async ({ cluster }) => cluster.postgres.freeze(),
  end: async ({ cluster }) => cluster.postgres.thaw(),
}

export const slow: Fault = {
  name: 'PostgreSQL is 60 ms away: commits are slow',
  holds: 5000,
  begin: stage => onEach(stage, ({ toPostgres }) => toPostgres.delay(30)),
  end: mend,
}

/** What is published is there before it can be read: between subscribing and reading there is room for many. */
export const slowForAll: Fault = {
  name: 'all viewers come anew while PostgreSQL is 200 ms away',
  holds: 5000,
  async begin(stage) {
    await onEach(stage, ({ toPostgres }) => toPostgres.delay(100))
    await stage.viewers.tell({ do: 'cut' })
  },
  end: mend,
}

export const lost: Fault = {
  name: 'what a node tells PostgreSQL is lost, and nobody says so',
  holds: 5000,
  begin: async stage => nodeOf(stage, 0).toPostgres.swallow('both'),
  end: mend,
}

export const reset: Fault = {
  name: 'connections to PostgreSQL are reset, again and again',
  holds: 1000,
  async begin(stage) {
    for (let n = 0; n < 5; n++) {
      await onEach(stage, ({ toPostgres }) => toPostgres.reset())
      await sleep(300)
    }
  },
}

const run = promisify(execFile)

/** As docs/OPERATIONS.md says, under running nodes: what was published since the backup is gone, on every screen. */
export function restored(): Fault {
  let dir: string
  let since: number
  return {
    name: 'an older backup is put back',
    holds: 3000,
    async begin({ cluster, load, publishers }) {
      dir = await mkdtemp(join(tmpdir(), 'galley-backup-'))
      await load.rest()
      since = publishers.publishes.length
      await run(postgresCommand('pg_dump'), ['--format=custom', `--file=${dir}/galley.dump`, cluster.databaseUrl])
      load.goOn()
    },
    async end({ cluster, load, publishers, kept, pages }) {
      await load.rest()
      await pages.remember(cluster)
      publishers.forget(since)
      kept.restored()
      const how = ['--clean', '--if-exists', '--single-transaction', '--no-owner']
      await run(postgresCommand('pg_restore'), [...how, `--dbname=${cluster.databaseUrl}`, `${dir}/galley.dump`])
      await cluster.command('restored')
      await rm(dir, { recursive: true })
      load.goOn()
    },
  }
}
