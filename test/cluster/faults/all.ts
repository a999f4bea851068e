import type { Fault } from '../fault.ts'
import * as clocks from './clocks.ts'
import * as database from './database.ts'
import * as messages from './messages.ts'
import * as nodes from './nodes.ts'
import * as redis from './redis.ts'
import * as uploads from './uploads.ts'
import * as viewers from './viewers.ts'

/** One of each kind, for every run of the tests. */
export const some: readonly Fault[] = [
  nodes.none,
  messages.dropped(),
  redis.killed,
  redis.deaf,
  database.killed,
  nodes.killed,
  nodes.rolling,
  viewers.atOnce,
]

/** Every one. */
export const all: readonly Fault[] = [
  nodes.none,
  nodes.killed,
  nodes.stalled,
  nodes.rolling,
  nodes.worse,
  redis.killed,
  redis.restarted,
  redis.frozen,
  redis.clientsKilled,
  redis.reset,
  redis.deaf,
  redis.mute,
  redis.slow,
  redis.flushed,
  redis.overflowing,
  redis.expiring(),
  messages.dropped(),
  messages.doubled,
  messages.reordered,
  messages.late,
  database.restarted,
  database.killed,
  database.frozen,
  database.slow,
  database.slowForAll,
  database.lost,
  database.reset,
  database.restored(),
  viewers.asleep,
  viewers.flapping,
  viewers.blocked,
  viewers.idleCut,
  viewers.atOnce,
  viewers.stopped(),
  uploads.bombs,
  uploads.trickling(),
  uploads.largest(16),
  uploads.cutShort,
  clocks.apart,
]
