import { type IncomingHttpHeaders, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Problem } from '../../shared/api.ts'
import type { TestApp } from '../app.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/**
 * A request of which every byte is the test's: false lengths, bodies that never end, other hosts.
 * @param write sends the body, or as much of it as there will be
 */
export const onTheWire = (
  app: TestApp,
  path: string,
  { method = 'POST', headers }: { method?: string; headers: Record<string, string | number> },
  write: (body: { write(chunk: Uint8Array | string): unknown; end(): unknown }) => void,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(app.url + path, { method, headers, agent: false }, answer => {
      text(answer).then(body => {
        sent.destroy()
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
      }, reject)
    })
    // Once answered, that the server hangs up on the rest is as it should be.
    sent.on('error', reject)
    write(sent)
    sent.flushHeaders()
  })

/** What was refused, after checking that it is said as every refusal is. */
export async function problemOf(answer: Response): Promise<Problem> {
  const problem = (await answer.json()) as Problem
  const type = answer.headers.get('Content-Type') ?? ''
  const isProblem = type.startsWith('application/problem+json') && problem.status === answer.status
  if (!isProblem || problem.requestId !== answer.headers.get('X-Request-Id')) {
    throw new Error(`Not a problem as RFC 9457 has it: ${answer.status} ${type} ${JSON.stringify(problem)}`)
  }
  return problem
}
