import type { Problem } from '../../shared/api.ts'

/** How the API is reached: in a browser from the page's own origin, with its cookie. */
export interface Http {
  /** Origin of the app; '' in a browser. */
  origin: string
  fetch: typeof fetch
}

/** `code` is the problem's own (shared/errors.ts), or 'internal' where the answer was not ours; `detail` its sentence. */
export type Answer = { ok: true; response: Response } | { ok: false; code: string; detail: string }

/**
 * One call; a GET unless `method` says otherwise. 304 counts as an answer.
 * @throws TypeError when the server is not reached, and the signal's reason when aborted
 */
export async function call(
  http: Http,
  path: string,
  options: Pick<RequestInit, 'method' | 'headers' | 'body' | 'signal' | 'keepalive'> = {},
): Promise<Answer> {
  const response = await http.fetch(http.origin + path, options)
  if (response.ok || response.status === 304) return { ok: true, response }
  return { ok: false, ...(await problemOf(response)) }
}

async function problemOf(response: Response): Promise<{ code: string; detail: string }> {
  const problem: Partial<Problem> | null = await response.json().catch(() => null)
  return problem?.code && problem.detail
    ? { code: problem.code, detail: problem.detail }
    : { code: 'internal', detail: 'What answered is not Galley.' }
}

/** The credential is the trouble, not what was asked for: signing in helps. */
export const isSignedOut = (code: string): boolean => code === 'not_signed_in' || code.startsWith('token_')
