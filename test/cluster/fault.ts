import { expect } from 'chai'
import { eventually } from '../e2e/stage.ts'
import type { Node } from './node.ts'
import type { Stage } from './stage.ts'

/** Something that goes wrong for a while. */
export interface Fault {
  name: string
  /** Milliseconds from its begin to its end. */
  holds: number
  /** Viewers lose access while it lasts, and must be out within so many milliseconds, on whichever node. */
  outWithin?: number
  begin(stage: Stage): Promise<unknown>
  end?(stage: Stage): Promise<unknown>
  /** What else must be true, once all viewers are right. @throws AssertionError */
  check?(stage: Stage): Promise<unknown>
}

/** Lost access reaches viewers on other nodes within this, while Redis is there … Milliseconds. */
export const atOnce = 1000
/** … and within this while it is not. */
export const byReconcile = 15_000

export function nodeOf({ cluster }: Stage, n: number): Node {
  const node = cluster.nodes[n]
  if (!node) throw new Error('There is no such node.')
  return node
}

export async function onEach(stage: Stage, work: (node: Node) => unknown): Promise<void> {
  await Promise.all(stage.cluster.nodes.map(work))
}

/** Of all nodes together. @param name as in /metrics */
export async function counted(stage: Stage, name: string): Promise<number> {
  const shown = await Promise.all(stage.cluster.nodes.map(node => node.metrics()))
  return shown.reduce((sum, metrics) => sum + (metrics.get(name) ?? 0), 0)
}

/** Milliseconds: by then a node that has lost Redis, or has just started, has it again. */
const patience = 20_000

/** Resolves once all nodes hear each other. */
export const haveRedis = (stage: Stage): Promise<void> =>
  eventually(async () => {
    expect(await counted(stage, 'galley_redis_up'), 'nodes that have Redis').to.equal(stage.cluster.nodes.length)
  }, patience)
