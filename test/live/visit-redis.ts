/** Goes to the Redis that it is given, and says on stdout what came of that. */
import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { openRedis } from '../../server/live/redis.ts'
import { openMetrics } from '../../server/metrics/metrics.ts'
import { silent } from '../ground.ts'

const [, , url = ''] = process.argv
const end = (said: string): void => {
  process.stdout.write(said)
  void redis.close()
}
const log = { ...silent, warn: (fields: object) => end(inspect(fields)) }
const redis = openRedis({ url, cluster: false }, { log, random: randomBytes, metrics: openMetrics() })
redis.onGap(() => end('up'))
