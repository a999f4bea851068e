import { GalleyError } from '../../shared/errors.ts'

/** What either database has to say to whoever asked, when it cannot do what it was asked. */

/** Seconds after which it is worth another try. */
const retryAfter = 5

export const kept = (): GalleyError =>
  new GalleyError('overloaded', 'Others have kept the database to themselves for too long. Try again.', { retryAfter })

export const unanswered = (): GalleyError =>
  new GalleyError('overloaded', 'The database does not answer. Try again.', { retryAfter })

export const storageFull = (): GalleyError =>
  new GalleyError(
    'storage_full',
    "The server's disk is full, so nothing was kept. Tell whoever runs it, and try again when there is room.",
  )
