import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type PageType, type Published, published } from '../../shared/api.ts'
import { KiB, limits, MiB } from '../../shared/limits.ts'
import type { Chance } from './chance.ts'

/** One publish as its publisher knows it, over all its tries. */
export interface Publish {
  /** Its Idempotency-Key, and its note, by which it is found again. */
  key: string
  /** The artifact; undefined: a new one. */
  to: string | undefined
  type: PageType
  body: Buffer
  sha256: string
  tries: number
  /** A status that says so has come: whatever happens from then on, it must be there. */
  acknowledged: boolean
  answer?: Published
  /** Where it was found in the database before its publisher had heard that it is there. */
  foundAs?: { artifactId: string; number: number }
}

/** Where a try of a publish is. */
export type Moment = 'half sent' | 'sent' | 'answered'

/** What one publisher publishes, one version after the other. */
export interface Line {
  to: string | undefined
  types: readonly PageType[]
  least: number
  most: number
}

export const lineTo = (to: string | undefined, types: Line['types']): Line => ({ to, types, least: KiB, most: 2 * MiB })
/** As large as a page may be. */
export const largestTo = (to: string): Line => {
  const size = limits.sourceBytes - KiB
  return { to, types: ['text/html'], least: size, most: size }
}

/** Answers of a server that is busy, and of a proxy that finds none. */
const notNow = new Set([429, 502, 503, 504])

/** A try on which nothing has happened for so long is given up. Milliseconds. */
const patience = 120_000

/**
 * Publishers as a good client is one: what was not answered is sent again, with the same Idempotency-Key, until it is.
 * While `pause`d they finish nothing and begin nothing.
 */
export class Publishers {
  readonly publishes: Publish[] = []
  private readonly url: string
  private readonly token: string
  private readonly chance: Chance
  private readonly noise: string
  private watching: (moment: Moment, publish: Publish) => void = () => {}
  private mayGoOn: Promise<void> = Promise.resolve()
  resume: () => void = () => {}
  private stopped = false
  private closed = false

  constructor(url: string, token: string, chance: Chance) {
    this.url = url
    this.token = token
    this.chance = chance
    // Enough not to be compressed away: what is kept are many pieces.
    const noise = Uint32Array.from({ length: MiB }, () => chance.below(2 ** 32))
    this.noise = Buffer.from(noise.buffer).toString('base64')
  }

  /** From now on, and nobody else. */
  watch(watching: (moment: Moment, publish: Publish) => void): void {
    this.watching = watching
  }

  pause(): void {
    this.mayGoOn = new Promise(resolve => {
      this.resume = resolve
    })
  }

  /** The database was put back: what was answered of these, from this one on, may be gone. */
  forget(from: number): void {
    for (const publish of this.publishes.slice(from)) {
      publish.acknowledged = false
      delete publish.answer
    }
  }

  /** Begins nothing more; what has begun goes on until it is answered. */
  stop(): void {
    this.stopped = true
  }

  close(): void {
    this.closed = true
    this.resume()
  }

  /** Until stopped. @throws Error when a publish is refused */
  async run(line: Line): Promise<void> {
    for (;;) {
      await this.mayGoOn
      if (this.stopped) return
      await this.publish(line)
    }
  }

  async publish(line: Line): Promise<Publish> {
    const made = this.make(line)
    while (!made.answer) {
      await this.mayGoOn
      if (this.closed) throw new Error('The publishers were sent home.')
      await this.attempt(made)
    }
    return made
  }

  /** One try. That nobody is there to answer it, or no longer, is nothing unusual. @throws Error when it is refused */
  async attempt(publish: Publish): Promise<void> {
    publish.tries++
    const answer = await this.send(publish).catch(() => undefined)
    if (!answer || notNow.has(answer.status)) await sleep(20)
    else if (answer.status === 200 || answer.status === 201) publish.answer = published.parse(JSON.parse(answer.text))
    else throw new Error(`${publish.key} was refused with ${answer.status}: ${answer.text}`)
  }

  private async send(publish: Publish): Promise<{ status: number; text: string }> {
    const { key, to, type, body } = publish
    const path = to === undefined ? '/api/v1/artifacts' : `/api/v1/artifacts/${to}/versions`
    const sent = request(`${this.url}${path}?note=${key}`, {
      method: 'POST',
      agent: false,
      headers: {
        Authorization: `Bearer ${this.token}`,
        'Content-Type': type,
        'Content-Length': body.byteLength,
        'Idempotency-Key': key,
      },
    })
    sent.on('error', () => {})
    sent.setTimeout(patience, () => sent.destroy(new Error('Nobody answered.')))
    const half = body.byteLength >> 1
    sent.write(body.subarray(0, half), failed => {
      if (failed) return
      this.watching('half sent', publish)
      sent.end(body.subarray(half), () => this.watching('sent', publish))
    })
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    const status = answer.statusCode ?? 0
    if (status < 300) publish.acknowledged = true
    this.watching('answered', publish)
    return { status, text: await text(answer) }
  }

  private make({ to, types, least, most }: Line): Publish {
    const type = types[this.chance.below(types.length)] ?? 'text/html'
    const key = `publish-${this.publishes.length + 1}`
    const body = Buffer.from(this.page(key, type, this.chance.size(least, most)))
    const sha256 = createHash('sha256').update(body).digest('hex')
    const made: Publish = { key, to, type, body, sha256, tries: 0, acknowledged: false }
    this.publishes.push(made)
    return made
  }

  /** Half of them differ from the one before in little, half in all. */
  private page(key: string, type: PageType, size: number): string {
    const from = this.chance.below(2) * this.chance.below(this.noise.length)
    const noise = this.noise.slice(from) + this.noise.slice(0, from)
    const filling = noise.repeat(Math.ceil(size / noise.length)).slice(0, size)
    if (type === 'text/markdown') return `# Report\n\n${key}\n\n${filling.replaceAll(/(.{80})/g, '$1\n')}\n`
    return `<!doctype html><title>Report</title><p id="key">${key}</p><input id="typed"><pre>${filling}</pre>`
  }
}
