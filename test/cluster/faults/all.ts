import type { Fault } from '../fault.ts'
import * as messages from './messages.ts'
import * as nodes from './nodes.ts'
import * as redis from './redis.ts'

/** One of each kind, for every run of the tests. */
export const some: readonly Fault[] = [
  nodes.none,
  messages.dropped(),
  redis.killed,
  redis.deaf,
  nodes.killed,
  nodes.rolling,
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
  messages.dropped(),
  messages.doubled,
  messages.reordered,
  messages.late,
]
