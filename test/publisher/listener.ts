import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that is no Galley, and answers as it is told to. */
export interface Listener {
  /** Origin, on localhost. */
  readonly url: string
  /** The Authorization of each request there was; `nobody` for none. */
  readonly heard: string[]
  close(): void
}

export async function listen(answer: RequestListener): Promise<Listener> {
  const heard: string[] = []
  const server = createServer((req, res) => {
    heard.push(req.headers.authorization ?? 'nobody')
    req.resume()
    answer(req, res)
  })
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    heard,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
