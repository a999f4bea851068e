import { expect } from 'chai'
import { type ErrorCode, GalleyError } from '../shared/errors.ts'

/** Expects a refusal with this code. @returns its sentence */
export async function refusal(code: ErrorCode, attempt: Promise<unknown>): Promise<string> {
  const outcome = await attempt.then(
    () => 'nothing was refused',
    (error: unknown) => error,
  )
  if (!(outcome instanceof GalleyError)) throw outcome instanceof Error ? outcome : new Error(String(outcome))
  expect(outcome.code).to.equal(code)
  expect(outcome.message).to.match(/^[^a-z].*\S/)
  return outcome.message
}
