import { move, transferableSymbol, valueSymbol } from 'piscina'
import { type ErrorCode, type ErrorFacts, GalleyError } from '../../shared/errors.ts'
import { diffNow } from './diff.ts'
import type { Content, Copy } from './press.ts'
import { deltaNow, proveNow } from './prove.ts'

/** A thread's side of the press: one task in, one outcome out. */
export type Task =
  | { kind: 'prove'; copy: Copy }
  | { kind: 'delta'; from: Content; to: Content }
  | { kind: 'diff'; from: Content; to: Content; names: readonly [string, string] }

/** Errors cross as data: what a thrown one carries beside its message would be lost. */
export type Outcome = { ok: true; value: unknown } | { ok: false; code: ErrorCode; message: string; facts: ErrorFacts }

/** What the pool calls. The bytes made here are handed over, not copied. */
export function work(task: Task): unknown {
  try {
    const { value, made } = workOn(task)
    return handOver({ ok: true, value }, made)
  } catch (error) {
    if (!(error instanceof GalleyError)) throw error
    return handOver({ ok: false, code: error.code, message: error.message, facts: error.facts }, [])
  }
}

/** `made`: every one in a buffer of its own. */
function workOn(task: Task): { value: unknown; made: readonly (Uint8Array | undefined)[] } {
  if (task.kind === 'prove') {
    const proof = proveNow(task.copy)
    return { value: proof, made: [proof.source.content.bytes, proof.page.content.bytes, proof.delta] }
  }
  if (task.kind === 'diff') return { value: diffNow(task.from, task.to, task.names), made: [] }
  const made = deltaNow(task.from, task.to)
  return { value: made, made: [made] }
}

const handOver = (outcome: Outcome, made: readonly (Uint8Array | undefined)[]): unknown =>
  move({
    get [transferableSymbol]() {
      return [...new Set(made.flatMap(bytes => bytes?.buffer ?? []))]
    },
    get [valueSymbol]() {
      return outcome
    },
  } as unknown as Parameters<typeof move>[0])
