import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { limits } from '../../shared/limits.ts'

/** The ports of this process, and who answers what comes in by them: that is told by the Host, whatever the port. */
export class Ports {
  /** The first port's: the one that the app's sockets open on. */
  readonly server: Server
  readonly numbers: readonly number[]
  private readonly servers: readonly Server[]
  private readonly closed: Promise<unknown>
  /** Of each connection, the requests that are being answered. */
  private readonly underWay = new Map<Socket, Set<ServerResponse>>()
  private retiring = false
  private finishing = false
  private readonly hosts = new Map<string, RequestListener>()
  private otherwise: RequestListener = (_req, res) => res.writeHead(503, { 'Retry-After': '1' }).end()

  private constructor(first: Server, others: readonly Server[]) {
    this.server = first
    this.servers = [first, ...others]
    this.closed = Promise.all(this.servers.map(server => new Promise(resolve => server.once('close', resolve))))
    this.numbers = this.servers.map(portOf)
    for (const server of this.servers) {
      server.on('connection', socket => this.connected(socket))
      server.on('request', (req, res) => {
        this.count(req, res)
        this.handlerOf(req.headers.host)(req, res)
      })
    }
  }

  /**
   * Until `answer`, every request gets 503.
   * @param ports 0: any that is free
   * @param bodyDeadline the longest of Deadlines, in milliseconds
   * @throws Error that says so when a port is taken or may not be listened on
   */
  static async listen(host: string, ports: readonly [number, ...number[]], bodyDeadline: number): Promise<Ports> {
    const servers: Server[] = []
    try {
      for (const port of ports) servers.push(await listen(host, port, bodyDeadline, port === ports[0]))
      const [first, ...others] = servers
      if (!first) throw new Error('Listening on no port.')
      return new Ports(first, others)
    } catch (error) {
      for (const server of servers) server.close()
      throw error
    }
  }

  /** @param otherwise answers what comes for any other host, the app's own among them. */
  answer(hosts: ReadonlyMap<string, RequestListener>, otherwise: RequestListener): void {
    for (const [host, handler] of hosts) this.hosts.set(host, handler)
    this.otherwise = otherwise
  }

  /**
   * What is answered from now on is the last on its connection, and says so (RFC 9112 §9.6): whoever has more to ask
   * connects anew, by then to another node.
   */
  retire(): void {
    this.retiring = true
    for (const answers of this.underWay.values()) for (const res of answers) this.makeLast(res)
  }

  /** No new connection; those there are go on. */
  stop(): void {
    for (const server of this.servers) if (server.listening) server.close()
  }

  /**
   * Resolves when every request under way has been answered, or cut after limits.lastRequests. Node's own
   * closeIdleConnections counts too little as idle: half of a request's head, and what still comes of a refused body.
   * However often it is called, it happens once.
   */
  async finish(): Promise<void> {
    this.stop()
    this.finishing = true
    for (const socket of this.underWay.keys()) this.endIfIdle(socket)
    const late = setTimeout(() => {
      for (const socket of this.underWay.keys()) socket.destroy()
    }, limits.lastRequests)
    await this.closed
    clearTimeout(late)
  }

  private connected(socket: Socket): void {
    this.underWay.set(socket, new Set())
    socket.once('close', () => this.underWay.delete(socket))
  }

  private count({ socket }: IncomingMessage, res: ServerResponse): void {
    this.underWay.get(socket)?.add(res)
    if (this.retiring) this.makeLast(res)
    res.once('close', () => {
      this.underWay.get(socket)?.delete(res)
      if (this.finishing) this.endIfIdle(socket)
    })
  }

  private makeLast(res: ServerResponse): void {
    if (!res.headersSent) res.setHeader('Connection', 'close')
  }

  /** What has been written still goes out. */
  private endIfIdle(socket: Socket): void {
    if (this.underWay.get(socket)?.size === 0) socket.destroySoon()
  }

  private handlerOf(host: string | undefined): RequestListener {
    return this.hosts.get(host?.toLowerCase() ?? '') ?? this.otherwise
  }
}

async function listen(host: string, port: number, bodyDeadline: number, isFirst: boolean): Promise<Server> {
  const server = createServer({
    headersTimeout: limits.headDeadline,
    maxHeaderSize: limits.headBytes,
    // A backstop: bodies have their own deadline, with an answer.
    requestTimeout: limits.headDeadline + bodyDeadline + limits.refusedBodyLinger,
    keepAliveTimeout: limits.keepAlive,
  })
  server.maxConnections = limits.connections
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(cannotListen(error, host, port, isFirst)))
    server.listen(port, host, resolve)
  })
  return server
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number, isFirst: boolean): Error {
  const wayOut = isFirst
    ? 'Set GALLEY_PORT to a free one.'
    : 'Pages are served there: set GALLEY_PORT to one that is free with the next two, or GALLEY_CONTENT_URLS to others.'
  const reasons: Record<string, string> = {
    EADDRINUSE: `Port ${port} of ${host} is taken: another Galley, or another program, listens there. ${wayOut}`,
    EACCES: `Port ${port} may not be listened on by this user. Set GALLEY_PORT to one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}. Set GALLEY_HOST to one that it has, or to 0.0.0.0.`,
  }
  return new Error(reasons[error.code ?? ''] ?? `Could not listen on port ${port} of ${host}: ${error.message}`, {
    cause: error,
  })
}

function portOf(server: Server): number {
  const address = server.address() as AddressInfo
  return address.port
}
