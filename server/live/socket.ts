import type { Server, Socket } from 'socket.io'
import type { ClientToServer, ServerToClient } from '../../shared/events.ts'
import type { Actor } from '../core/ports.ts'
import type { AnnouncedWord, PresentWord } from './words.ts'

/** What one node passes to the others; each then tells the sockets that it holds itself. What is heard may be anything. */
export interface NodeToNode {
  announced: (word: AnnouncedWord) => void
  present: (said: { epoch: string; word: PresentWord }) => void
}

export interface SocketData {
  actor: Actor
}

export type LiveServer = Server<ClientToServer, ServerToClient, NodeToNode, SocketData>
export type LiveSocket = Socket<ClientToServer, ServerToClient, NodeToNode, SocketData>

/** Everybody who proved who they are by one session or one access token. */
export const credentialRoom = (credential: Pick<Actor['credential'], 'kind' | 'id'>): string =>
  `${credential.kind}:${credential.id}`

/** Of this node. */
export function membersOf(io: LiveServer, room: string): LiveSocket[] {
  const { adapter, sockets } = io.of('/')
  return [...(adapter.rooms.get(room) ?? [])].flatMap(id => sockets.get(id) ?? [])
}
