import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'

/** Another site than the app (localhost) and the content (127.0.0.1), and it needs no name to be resolved. */
export const sinkHost = '127.0.0.2'

/** Where a page might send something. Each attempt has a label of its own, which is what arrives. */
export interface Sink {
  /** Labels of all that has arrived so far, sorted. */
  arrived(): string[]
  /** Until nothing new has arrived for so many milliseconds. */
  quiet(ms: number): Promise<void>
  /** Over HTTP; with another origin in place of the sink's own, requests to any server of this process count. */
  http(label: string, origin?: string): string
  /** Host and port that count a bare connection. */
  tcp(label: TcpLabel): string
  /** Host and port that count a datagram. */
  udp(label: UdpLabel): string
  /** A name that nobody else asks for. Browsers' own logs say whether it was resolved. */
  name(label: string): string
  ports: readonly number[]
  close(): Promise<void>
}

export type TcpLabel = 'preconnect' | 'turn-tcp'
export type UdpLabel = 'stun' | 'turn' | 'webtransport'

const typeOf: Record<string, string> = {
  style: 'text/css',
  script: 'text/javascript',
  worker: 'text/javascript',
  image: 'image/svg+xml',
}

/** What is asked for as an image, a style … is answered as one, so that whatever depends on it is tried, too. */
function answer(req: IncomingMessage, res: ServerResponse): void {
  const type = typeOf[String(req.headers['sec-fetch-dest'])] ?? 'text/html'
  res.writeHead(200, { 'Content-Type': type, 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' })
  res.end(type === 'image/svg+xml' ? '<svg xmlns="http://www.w3.org/2000/svg"/>' : '')
}

/** @param name tells two sinks of one run apart. */
export async function openSink(name: string): Promise<Sink> {
  const labels = new Set<string>()
  let last = performance.now()
  const count = (label: string) => {
    labels.add(label)
    last = performance.now()
  }
  const path = `/sink/${name}/`
  const countRequest = ({ url }: IncomingMessage) => {
    const [, label] = url?.split('?', 1)[0]?.split(path) ?? []
    if (label !== undefined) count(label)
  }
  const hear = (message: unknown) => countRequest((message as { request: IncomingMessage }).request)
  subscribe('http.server.request.start', hear)

  const web = createServer(answer)
  web.on('upgrade', (req, socket) => {
    countRequest(req)
    socket.destroy()
  })
  const tcp = { preconnect: countConnections('preconnect', count), 'turn-tcp': countConnections('turn-tcp', count) }
  const udp = {
    stun: countDatagrams('stun', count),
    turn: countDatagrams('turn', count),
    webtransport: countDatagrams('webtransport', count),
  }
  const streams: (Server | TcpServer)[] = [web, ...Object.values(tcp)]
  const datagrams: UdpSocket[] = Object.values(udp)
  for (const server of streams) server.listen(0, sinkHost)
  for (const socket of datagrams) socket.bind(0, sinkHost)
  await Promise.all([...streams, ...datagrams].map(one => once(one, 'listening')))
  const own = `http://${sinkHost}:${portOf(web)}`

  return {
    arrived: () => [...labels].sort(),
    async quiet(ms) {
      last = performance.now()
      while (performance.now() - last < ms) await new Promise(resolve => setTimeout(resolve, 25))
    },
    http: (label, origin = own) => `${origin}${path}${label}`,
    tcp: label => `${sinkHost}:${portOf(tcp[label])}`,
    udp: label => `${sinkHost}:${portOf(udp[label])}`,
    name: label => `${label}.${name}.test`,
    ports: [...streams, ...datagrams].map(portOf),
    async close() {
      unsubscribe('http.server.request.start', hear)
      web.closeAllConnections()
      for (const socket of datagrams) socket.close()
      await Promise.all(streams.map(server => new Promise(resolve => server.close(resolve))))
    },
  }
}

const countConnections = (label: TcpLabel, count: (label: string) => void): TcpServer =>
  createTcpServer(socket => {
    count(label)
    socket.on('error', () => {})
    socket.destroy()
  })

const countDatagrams = (label: UdpLabel, count: (label: string) => void): UdpSocket =>
  createSocket('udp4').on('message', () => count(label))

const portOf = (one: Server | TcpServer | UdpSocket): number => (one.address() as AddressInfo).port
