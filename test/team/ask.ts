import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request as plainly } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/**
 * One request by somebody whose machine trusts this authority, and no further: redirects are not followed. Node's own
 * fetch reads whom it trusts at its start alone.
 */
export function ask(
  url: string,
  authority: string,
  { body, ...options }: RequestOptions & { body?: string | Uint8Array } = {},
): Promise<Answer> {
  const send = url.startsWith('https:') ? request : plainly
  return new Promise((resolve, reject) => {
    const sent = send(url, { ca: readFileSync(authority), agent: false, ...options }, answer => {
      const { statusCode: status = 0, headers } = answer
      text(answer).then(body => resolve({ status, headers, body }), reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
