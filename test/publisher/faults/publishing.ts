import { limits } from '../../../shared/limits.ts'
import {
  address,
  always,
  atQuestion,
  type Cell,
  type Command,
  cutAt,
  fails,
  interrupt,
  interruptedAt,
  keptAs,
  onFullDisk,
  page,
  published,
  refused,
  save,
  withEndedToken,
  works,
  yesAfter,
} from './acts.ts'

const request = /^POST \/api\/v1\/artifacts/
const connection = { request, at: 'connect' } as const
const upload = { request, at: 'upload' } as const
const answer = { request, at: 'answer' } as const

const nothing = /^(?:Publish .+\n)?Nothing was published\.\n$/
const unknown = (look: string) =>
  new RegExp(`^Interrupted\\. It may have been published all the same\\. See with: galley ${look}`)
const unanswered = (look: string) =>
  new RegExp(`could not be reached: .+\\nIt may have been published all the same\\. See with: galley ${look}`)
const unreached = /could not be reached: .+ To look closer: galley doctor\n/
const expired = /This access token expired at .+ Get a new one with: galley login http/
const afterAll = /^(?:http.+ could not be reached: .+ Trying again in .+ s …\n){2,3}Published version [12]\.\n/
const unremembered =
  /^It is published, but could not be remembered\. The disk is full.+ Make room on it, and try again\.\nNext time say --to http.+\nPublished version [12]\.\n$/

const update = ['publish', 'report.html']
const fresh = [...update, '--yes']
const piped = ['publish', '-', '--type', 'html', '--yes']
const stdin = { stdin: page('piped') }

const turnedAwayOnFullDisk: Cell['run'] = async scene => {
  await scene.wire.refuse()
  return scene.startOnFullDisk(fresh).ended
}

/** full(4): a device on which there is never room. */
const printingOnFullDisk: Cell['run'] = scene =>
  scene.start(fresh, { within: ['sh', '-c', 'exec "$0" "$@" > /dev/full'] }).ended

const againAfterTheLastAnswerWasLost: Cell['run'] = async scene => {
  await cutAt(answer, always, update)(scene)
  await scene.wire.mend()
  return scene.start(update).ended
}

const endedBeforeTheSecondTry: Cell['run'] = async scene => {
  const cut = scene.wire.order({ ...answer, how: 'cut', times: 1 })
  const running = scene.start(update)
  await cut
  scene.endTokens()
  return running.ended
}

const whileItIsTyped: Cell['run'] = async scene => {
  const running = scene.start(piped)
  await running.type(page('half of it').repeat(10))
  running.interrupt()
  return running.ended
}

export const publishing: Command[] = [
  {
    command: 'publish, a new page',
    steps: {
      'the question': {
        'Ctrl-C': fails(atQuestion(update, interrupt), nothing, []),
        'lost network': fails(
          atQuestion(
            update,
            yesAfter(({ wire }) => wire.refuse()),
          ),
          keptAs('report.galley.html'),
          [],
        ),
        'ended token': fails(
          atQuestion(
            update,
            yesAfter(scene => scene.endTokens()),
          ),
          expired,
          [],
        ),
      },
      'the connection': {
        'Ctrl-C': fails(interruptedAt(connection, fresh), unknown('list'), []),
        'lost network': works(cutAt(connection, 2, fresh), afterAll, address, [1]),
        'ended token': fails(withEndedToken(fresh), expired, []),
      },
      'the upload': {
        'Ctrl-C': fails(interruptedAt(upload, fresh), unknown('list'), []),
        'lost network': works(cutAt(upload, 2, fresh), afterAll, address, [1]),
      },
      'the answer': {
        'Ctrl-C': fails(interruptedAt(answer, fresh), unknown('list'), [1]),
        'lost network': works(cutAt(answer, limits.sendTries - 1, fresh), afterAll, address, [1]),
      },
      'each answer': {
        'lost network': fails(cutAt(answer, always, fresh), unanswered('list'), [1]),
      },
      'what it remembers': { 'full disk': works(onFullDisk(fresh), unremembered, address, [1]) },
      'its own output': {
        'full disk': fails(printingOnFullDisk, /^Published version 1\.\n[\s\S]+\nThe disk is full\. Make room/, [1]),
      },
      'the local file': {
        'full disk': fails(
          turnedAwayOnFullDisk,
          /could not be kept in report\.galley\.html either\. The disk is full/,
          [],
        ),
      },
    },
  },
  {
    command: 'publish, the next version',
    async given(scene) {
      await published(scene)
      await save(scene, 'two')
    },
    steps: {
      'the connection': {
        'lost network': fails(refused(update), keptAs('report.galley.html'), [1]),
        'ended token': fails(withEndedToken(update), expired, [1]),
      },
      'the upload': {
        'Ctrl-C': fails(interruptedAt(upload, update), unknown('versions http'), [1]),
        'lost network': fails(cutAt(upload, always, update), unanswered('versions http'), [1]),
      },
      'the answer': {
        'Ctrl-C': fails(interruptedAt(answer, update), unknown('versions http'), [2]),
        'lost network': works(cutAt(answer, limits.sendTries - 1, update), afterAll, address, [2]),
        'ended token': fails(endedBeforeTheSecondTry, /expired.+\nIt may have been published all the same/, [2]),
      },
      'each answer, and again': {
        'lost network': works(
          againAfterTheLastAnswerWasLost,
          /^Unchanged: this is version 2 already\.\n$/,
          address,
          [2],
        ),
      },
      'what it remembers': { 'full disk': works(onFullDisk(update), unremembered, address, [2]) },
    },
  },
  {
    command: 'publish, standard input',
    steps: {
      'the input': { 'Ctrl-C': fails(whileItIsTyped, nothing, []) },
      'the connection': {
        'lost network': fails(refused(piped, stdin), unreached, []),
        'ended token': fails(withEndedToken(piped, stdin), expired, []),
      },
      'the upload': {
        'Ctrl-C': fails(interruptedAt(upload, piped, stdin), unknown('list'), []),
        'lost network': fails(cutAt(upload, always, piped, stdin), keptAs('page.galley.html'), []),
      },
      'the answer': { 'lost network': works(cutAt(answer, 2, piped, stdin), afterAll, address, [1]) },
      'what it remembers': {
        'full disk': works(
          scene => scene.startOnFullDisk(piped, stdin).ended,
          /^It is published, but could not be remembered\. The disk is full/,
          address,
          [1],
        ),
      },
    },
  },
]
