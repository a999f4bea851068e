import type { Ending, Status } from './connection.ts'

/** Beside the dot: the state in a word or two, so that it never depends on a colour. */
export const connectionWords: Record<Status | Ending, string> = {
  connecting: 'Connecting',
  live: 'Live',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
  polling: 'Live, with delay',
  closed: 'Closed',
  signed_out: 'Signed out',
  not_found: 'No access',
  deleted: 'Deleted',
  outdated: 'Not updated',
}
