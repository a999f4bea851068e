import { io, type Socket } from 'socket.io-client'
import {
  type ClientToServer,
  type GalleryReply,
  type Have,
  livePath,
  protocolVersion,
  type Refusal,
  type ServerToClient,
  type WatchReply,
} from '../../shared/events.ts'
import { publicUrl } from '../ground.ts'

type Told = {
  [Name in keyof ServerToClient]: { name: Name; body: Parameters<ServerToClient[Name]>[0] }
}[keyof ServerToClient]

/** A client that keeps what it is told. */
export interface Watcher {
  socket: Socket<ServerToClient, ClientToServer>
  told: Told[]
  /** How often it was told that settings may be other. */
  readonly settings: number
  watch(artifactId: string, have?: Have): Promise<WatchReply>
  watchGallery(): Promise<GalleryReply>
  /** Resolves when this many were told, or all at once when they were. */
  heard(count: number): Promise<Told[]>
  /** Why the connection ended. */
  ended: Promise<string>
  close(): void
}

export interface Credentials {
  cookie?: string
  token?: string
  /** null: none is sent, as by what is not a browser. */
  origin?: string | null
  auth?: Record<string, unknown>
  headers?: Record<string, string>
}

function open(
  url: string,
  { cookie, token, origin = token ? null : publicUrl, auth = { protocolVersion }, headers }: Credentials,
): Watcher['socket'] {
  return io(url, {
    path: livePath,
    addTrailingSlash: false,
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    auth,
    extraHeaders: {
      ...headers,
      ...(cookie !== undefined && { cookie }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(origin !== null && { origin }),
    },
  })
}

/** @throws the CONNECT's refusal */
export async function join(url: string, credentials: Credentials): Promise<Watcher> {
  const socket = open(url, credentials)
  const told: Told[] = []
  const waiting = new Set<() => void>()
  const keep = (one: Told): void => {
    told.push(one)
    for (const look of waiting) look()
  }
  socket.on('version', body => keep({ name: 'version', body }))
  socket.on('artifact', body => keep({ name: 'artifact', body }))
  socket.on('revoked', body => keep({ name: 'revoked', body }))
  socket.on('gallery', body => keep({ name: 'gallery', body }))
  socket.on('drain', body => keep({ name: 'drain', body }))
  socket.on('ask', body => keep({ name: 'ask', body }))
  let settings = 0
  socket.on('settings', () => settings++)
  const ended = new Promise<string>(resolve => socket.on('disconnect', reason => resolve(reason)))
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
    socket.once('disconnect', reason => reject(new Error(reason)))
  })
  return {
    socket,
    told,
    get settings() {
      return settings
    },
    ended,
    watch: (artifactId, have) => socket.timeout(5000).emitWithAck('watch', { artifactId, ...(have && { have }) }),
    watchGallery: () => socket.timeout(5000).emitWithAck('watchGallery'),
    heard: count =>
      new Promise(resolve => {
        const look = (): void => {
          if (told.length < count) return
          waiting.delete(look)
          resolve(told)
        }
        waiting.add(look)
        look()
      }),
    close: () => void socket.disconnect(),
  }
}

/** The code and sentence that a CONNECT is refused with; undefined when there is no answer but the end. */
export async function refusal(url: string, credentials: Credentials): Promise<Refusal | undefined> {
  try {
    const watcher = await join(url, credentials)
    watcher.close()
    throw new Error('It was let in.')
  } catch (error) {
    if (error instanceof Error && error.message === 'It was let in.') throw error
    return error instanceof Error && 'data' in error ? (error.data as Refusal) : undefined
  }
}
