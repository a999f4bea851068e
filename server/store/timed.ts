import type { KyselyConfig } from 'kysely'
import type { Metrics } from '../core/ports.ts'

/** What has Kysely tell how long each query took, not counting the wait for a connection. */
export const timed = (metrics: Metrics | undefined): Pick<KyselyConfig, 'log'> =>
  metrics ? { log: ({ queryDurationMillis }) => metrics.time('store_query', queryDurationMillis) } : {}
