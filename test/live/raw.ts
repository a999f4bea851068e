import type { Server as HttpServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { livePath, protocolVersion } from '../../shared/events.ts'
import { MiB } from '../../shared/limits.ts'
import { publicUrl } from '../ground.ts'

/** A websocket by hand: one that can refuse to read, or to speak. */
export interface RawSocket {
  client: Socket
  /** The server's end of it. */
  server: Socket
  /** Everything received, as text. */
  received(): string
  /** More than the network keeps for who does not read, sent by the server's end behind the server's back. */
  flood(): void
  /** One Engine.IO message. */
  send(text: string): void
  /** Namespaces and all: from then on the server knows who it is. */
  enter(): Promise<void>
  closed: Promise<void>
}

export async function openRaw(live: { url: string; http: HttpServer }, cookie: string): Promise<RawSocket> {
  const upgraded = new Promise<Socket>(resolve => live.http.once('upgrade', (_, socket) => resolve(socket as Socket)))
  const client = connect(Number(new URL(live.url).port), '127.0.0.1')
  let text = ''
  let end = ''
  client.on('data', chunk => {
    const part = chunk.toString('latin1')
    text += part
    end = (end + part).slice(-closeFrame.length)
    if (end === closeFrame) client.end()
  })
  client.on('error', () => {})
  client.write(
    [
      `GET ${livePath}?EIO=4&transport=websocket HTTP/1.1`,
      'Host: localhost:3000',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      `Origin: ${publicUrl}`,
      `Cookie: ${cookie}`,
      '\r\n',
    ].join('\r\n'),
  )
  const raw: RawSocket = {
    client,
    server: await upgraded,
    received: () => text,
    flood: () => void raw.server.write(pong),
    send: message => void client.write(frame(message)),
    async enter() {
      await until(() => text.includes('"sid"'))
      raw.send(`40${JSON.stringify({ protocolVersion })}`)
      await until(() => text.includes('40{"sid"'))
    },
    closed: new Promise(resolve => client.once('close', () => resolve())),
  }
  return raw
}

/** As a server that gives no reason sends it. */
const closeFrame = '\x88\x00'

/** A frame that asks nothing of who gets it (RFC 6455 §5.5.3), far longer than a real one may be. */
const pong = Buffer.concat([Buffer.from([0x8a, 127, 0, 0, 0, 0, 1, 0, 0, 0]), Buffer.alloc(16 * MiB)])

/** One text frame of a client (RFC 6455 §5.2), under a mask that changes nothing. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  const length =
    payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 255]
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), payload])
}

/** @throws Error after ten seconds */
export async function until(fulfilled: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!fulfilled()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain until ${fulfilled}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}
