import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  always,
  type Command,
  cutAt,
  fails,
  interruptedAt,
  onFullDisk,
  published,
  refused,
  withEndedToken,
  works,
} from './acts.ts'

const request = /^GET \/api\/v1\/artifacts/
const connection = { request, at: 'connect' } as const
const answer = { request, at: 'answer' } as const
const interrupted = /^Interrupted\.\n$/
const unreached = /^http.+ could not be reached: .+ To look closer: galley doctor\n$/
const expired = /^This access token expired at .+ galley login http/

/** They ask, and change nothing anywhere. */
const reader = (command: string, args: readonly string[], prints: RegExp): Command => ({
  command,
  given: published,
  steps: {
    'the connection': {
      'Ctrl-C': fails(interruptedAt(connection, args), interrupted, [1]),
      'lost network': fails(refused(args), unreached, [1]),
      'ended token': fails(withEndedToken(args), expired, [1]),
    },
    'the answer': {
      'Ctrl-C': fails(interruptedAt(answer, args), interrupted, [1]),
      'lost network': fails(cutAt(answer, always, args), unreached, [1]),
    },
    'all of it': { 'full disk': works(onFullDisk(args), /^(?:No browser .+\n)?$/, prints, [1]) },
  },
})

/** Nothing is remembered of it here: the server has to be asked. */
const open: Command = {
  ...reader('open', ['open'], /^http.+\n$/),
  async given(scene) {
    await published(scene)
    await rm(join(scene.home, '.local'), { recursive: true })
  },
}

const doctor: Command = {
  command: 'doctor',
  steps: {
    'the server': {
      'Ctrl-C': { ...fails(interruptedAt({ request: /./, at: 'answer' }, ['doctor']), interrupted, []), prints: /^✓/ },
      'lost network': {
        ...fails(refused(['doctor']), /what is marked ✗/, []),
        prints: /✗ http.+ cannot be used: nothing listens there\.\n {2}Start it/,
      },
    },
    'the token': {
      'ended token': {
        ...fails(withEndedToken(['doctor']), /what is marked ✗/, []),
        prints: /✗ This access token expired at .+ galley login http/,
      },
    },
    'the memory': {
      'full disk': works(
        onFullDisk(['doctor']),
        /^$/,
        /! Which file is which page cannot be remembered.+disk is full/,
        [],
      ),
    },
  },
}

export const reading: Command[] = [
  reader('list', ['list'], /^http.+\tReport\t.+\n$/),
  reader('versions', ['versions', 'report.html'], /^1\tshared\t.+\n$/),
  open,
  doctor,
]
