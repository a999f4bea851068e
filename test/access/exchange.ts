import { Agent, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { inflateRawSync } from 'node:zlib'
import type { TestApp } from '../app.ts'
import type { Person } from './people.ts'

/** What one call sends. */
export interface Asked {
  method: string
  /** From the origin on. */
  path: string
  headers?: Readonly<Record<string, string>>
  body?: string
}

/** What came back, as it came. */
export interface Exchange {
  status: number
  /** Every header line in its order, but for the time and the id of this one request. */
  headers: readonly string[]
  requestId: string
  body: Buffer
}

const agent = new Agent({ keepAlive: true })
let addresses = 0

/**
 * As the person, from an address of their own: whoever sends bad credentials is slowed down by address. A browser's
 * session says where it comes from.
 */
export function exchange(app: TestApp, { sends }: Pick<Person, 'sends'>, asked: Asked): Promise<Exchange> {
  addresses++
  const headers = {
    'X-Forwarded-For': `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`,
    ...(sends.token !== undefined && { Authorization: `Bearer ${sends.token}` }),
    ...(sends.cookie !== undefined && { Cookie: sends.cookie, Origin: app.url }),
    ...(asked.body !== undefined && { 'Content-Length': Buffer.byteLength(asked.body) }),
    ...asked.headers,
  }
  return new Promise((resolve, reject) => {
    const sent = request(app.url + asked.path, { method: asked.method, headers, agent }, answer => {
      const { statusCode: status = 0, rawHeaders } = answer
      const lines = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${rawHeaders[at + 1]}`] : []))
      buffer(answer).then(body => {
        const requestId = String(answer.headers['x-request-id'])
        resolve({ status, headers: lines.filter(line => !/^(date|x-request-id):/i.test(line)), requestId, body })
      }, reject)
    })
    sent.on('error', reject)
    sent.end(asked.body)
  })
}

export const json = (body: unknown): Pick<Asked, 'headers' | 'body'> => ({
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

/** All of it as text, a delta inflated: what it tells of is in there, if it is. */
export function textOf({ status, headers, body }: Exchange): string {
  const isDelta = headers.some(line => /^Content-Disposition: .*\.delta"/.test(line))
  const text = isDelta && status === 200 ? inflateRawSync(body) : body
  return [status, ...headers, '', text.toString('latin1')].join('\n')
}

/** All of it, but for what must differ: the id of the request, that of the page asked for, and a screen's nonce. */
export function bytesOf(answer: Exchange, pageId: string): string {
  const nonce = /'nonce-([^']+)'/.exec(answer.headers.join('\n'))?.[1]
  let text = textOf(answer).replaceAll(answer.requestId, '<request>')
  if (pageId.length > 1) text = text.replaceAll(pageId, '<page>')
  return nonce === undefined ? text : text.replaceAll(nonce, '<nonce>')
}
