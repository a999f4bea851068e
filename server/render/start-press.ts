import { availableParallelism } from 'node:os'
import { limits } from '../../shared/limits.ts'
import { decode, unpackOffLoop } from './content.ts'
import type { Copy, Press, Proof, TextDiff } from './press.ts'
import { deltaNow, proveNow } from './prove.ts'
import { Threads } from './threads.ts'

/**
 * @param options.threads how many worker threads at most; by default one fewer than there are cores, but two, so that
 * one is left to small tasks. None is started before it is needed.
 * @param options.task milliseconds that a task may take; limits.pressTask by default
 * @param options.wait milliseconds that a task may wait for a thread; limits.pressWait by default
 */
export function startPress(options: { threads?: number; task?: number; wait?: number } = {}): Press {
  const threads = new Threads(options.threads ?? Math.max(2, availableParallelism() - 1), {
    task: options.task ?? limits.pressTask,
    wait: options.wait ?? limits.pressWait,
  })
  return {
    async prove(copy) {
      return isSmall(copy) ? proveNow(copy) : ((await threads.run({ kind: 'prove', copy })) as Proof)
    },
    async delta(from, to) {
      if (fitsLoop(from) && fitsLoop(to)) return deltaNow(from, to)
      return (await threads.run({ kind: 'delta', from, to })) as Uint8Array | undefined
    },
    // Always in a thread: how long it takes depends on what the two have in common, not on how long they are.
    diff: async (from, to, names) => (await threads.run({ kind: 'diff', from, to, names })) as TextDiff,
    plain: unpackOffLoop,
    waiting: () => threads.waiting,
    close: () => threads.close(),
  }
}

/** Markdown never is: a few KiB of it can be made to take seconds. */
const isSmall = ({ body, bodyEncoding, type, previous }: Copy): boolean =>
  type === 'text/html' &&
  fitsLoop({ bytes: body, encoding: bodyEncoding }) &&
  (previous === undefined || fitsLoop(previous.content))

/** Few enough bytes, also when they are unpacked, to be worked on between two other things. */
function fitsLoop({ bytes, encoding }: { bytes: Uint8Array; encoding: Copy['bodyEncoding'] }): boolean {
  if (bytes.byteLength > limits.offLoopBytes) return false
  try {
    decode(bytes, encoding, limits.offLoopBytes)
    return true
  } catch (error) {
    // What cannot be unpacked at all is soon found out again.
    return (error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE'
  }
}
