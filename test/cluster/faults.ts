import type { Fault } from './fault.ts'
import type { Node } from './node.ts'
import type { Stage } from './stage.ts'

/** Milliseconds: lost access reaches viewers on other nodes within this, while Redis is there … */
const atOnce = 1000
/** … and within this while it is not. */
const byReconcile = 15_000

const nodeOf = ({ cluster }: Stage, n: number): Node => {
  const node = cluster.nodes[n]
  if (!node) throw new Error('There is no such node.')
  return node
}

export const nothingWrong: Fault = { name: 'none', holds: 2000, outWithin: atOnce, async begin() {} }

export const killedNode: Fault = {
  name: 'a node is killed (kill -9)',
  holds: 3000,
  begin: stage => nodeOf(stage, 1).end('SIGKILL'),
  end: stage => nodeOf(stage, 1).start(),
}

export const noRedis: Fault = {
  name: 'Redis is killed, and starts again',
  holds: 4000,
  outWithin: byReconcile,
  begin: ({ cluster }) => cluster.redis.stop('SIGKILL'),
  end: ({ cluster }) => cluster.redis.start(),
}
