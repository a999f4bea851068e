import { limits } from '../../../shared/limits.ts'
import type { Running } from '../terminal-shell.ts'
import {
  address,
  atQuestion,
  type Cell,
  type Command,
  cutAt,
  fails,
  interrupt,
  interruptedAt,
  keptAs,
  refused,
  save,
  works,
} from './acts.ts'
import type { Scene } from './stage.ts'

const args = ['watch', 'report.html', '--yes']
const request = /^POST \/api\/v1\/artifacts/
const upload = { request, at: 'upload' } as const
const answer = { request, at: 'answer' } as const
const stopped = /Stopped\. The page stays at http.+\n$/
const through = /Trying until it gets through\.\n[\s\S]+Published version 2 [\s\S]+Stopped\. The page stays at/

/** @param act once it watches */
const watching =
  (act: (running: Running, scene: Scene) => Promise<void> | void): Cell['run'] =>
  async scene =>
    watched(scene.start(args), scene, act)

async function watched(running: Running, scene: Scene, act: (running: Running, scene: Scene) => Promise<void> | void) {
  await running.until(/Watching/)
  await act(running, scene)
  return running.ended
}

const onFullDisk =
  (act: (running: Running, scene: Scene) => Promise<void> | void): Cell['run'] =>
  async scene =>
    watched(scene.startOnFullDisk(args), scene, act)

async function saveAndInterrupt(running: Running, scene: Scene) {
  await save(scene, 'two')
  await running.until(/version 2/)
  running.interrupt()
}

async function whileOnItsWay(running: Running, scene: Scene) {
  const held = scene.wire.order({ ...answer, how: 'hold', times: 1 })
  await save(scene, 'two')
  await held
  running.interrupt()
  await running.until(/Ending once this publish is through/)
  await scene.wire.mend()
}

async function whileNobodyIsThere(running: Running, scene: Scene) {
  await scene.wire.refuse()
  await save(scene, 'two')
  await running.until(/Trying until/)
  await scene.wire.mend()
  await running.until(/version 2/)
  running.interrupt()
}

async function withoutAnyAnswer(running: Running, scene: Scene) {
  void scene.wire.order({ ...answer, how: 'cut', times: limits.sendTries })
  await saveAndInterrupt(running, scene)
}

async function endTokensAndSave(_running: Running, scene: Scene) {
  scene.endTokens()
  await save(scene, 'two')
}

export const watchingCommand: Command = {
  command: 'watch',
  steps: {
    'the question': {
      'Ctrl-C': fails(atQuestion(['watch', 'report.html'], interrupt), /Nothing was published\.\n$/, []),
    },
    'the first upload': {
      'Ctrl-C': fails(interruptedAt(upload, args), /^Interrupted\. It may have been published.+galley list\n$/, []),
      'lost network': fails(refused(args), keptAs('report.galley.html'), []),
      'ended token': fails(
        async scene => {
          scene.endTokens()
          return scene.start(args).ended
        },
        /expired at .+ galley login http/,
        [],
      ),
    },
    'the first answer': {
      'Ctrl-C': fails(interruptedAt(answer, args), /^Interrupted\. It may have been published.+galley list\n$/, [1]),
      'lost network': fails(cutAt(answer, limits.sendTries, args), /\nIt may have been published.+galley list\n/, [1]),
    },
    'the wait for a save': { 'Ctrl-C': works(watching(interrupt), stopped, address, [1]) },
    'a later upload': {
      'lost network': works(watching(whileNobodyIsThere), through, address, [2]),
      'ended token': {
        ...fails(watching(endTokensAndSave), /expired at .+ galley login http/, [1]),
        prints: address,
      },
    },
    'a later answer': {
      'Ctrl-C': works(watching(whileOnItsWay), stopped, address, [2]),
      'lost network': works(watching(withoutAnyAnswer), through, address, [2]),
    },
    'what it remembers': {
      'full disk': works(
        onFullDisk(interrupt),
        /could not be remembered\. The disk is full[\s\S]+Stopped\./,
        address,
        [1],
      ),
    },
  },
}
