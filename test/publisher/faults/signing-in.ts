import { expect } from 'chai'
import type { Running } from '../terminal-shell.ts'
import {
  always,
  type Cell,
  type Command,
  cutAt,
  fails,
  interruptedAt,
  onFullDisk,
  refused,
  withEndedToken,
  works,
} from './acts.ts'
import type { Scene } from './stage.ts'

const args = ['login']
const answered = { request: /^POST \/api\/v1\/device\/token/, at: 'answer' } as const
const nothingKept = /nothing was kept\.\n$/i

/** @param act once it waits for somebody to say yes */
const waiting =
  (
    act: (running: Running, scene: Scene) => Promise<void> | void,
    start = (scene: Scene) => scene.start(args),
  ): Cell['run'] =>
  async scene => {
    const running = start(scene)
    await running.until(/Waiting/)
    await act(running, scene)
    return running.ended
  }

/** In the member's browser. */
async function approve(running: Running, { app, member }: Scene): Promise<void> {
  const json = { userCode: /code: (\S+)/.exec(running.said)?.[1], approve: true }
  const cookie = await app.signIn(member.member)
  const { status } = await app.request('/api/v1/device/decision', { method: 'POST', json, cookie })
  expect(status).to.equal(204)
}

async function approveBehindABrokenWire(running: Running, scene: Scene): Promise<void> {
  await scene.wire.refuse()
  await running.until(/Still waiting, and trying again/)
  await scene.wire.mend()
  await approve(running, scene)
}

async function approveAndLoseTheAnswer(running: Running, scene: Scene): Promise<void> {
  await approve(running, scene)
  void scene.wire.order({ ...answered, how: 'cut', times: 1 })
}

async function approveAndInterrupt(running: Running, scene: Scene): Promise<void> {
  await approve(running, scene)
  await scene.wire.order({ request: /^GET \/api\/v1\/me/, at: 'answer', how: 'hold', times: 1 })
  running.interrupt()
  await scene.wire.mend()
}

const out = ['logout']
const revoking = { request: /^DELETE \/api\/v1\/tokens/, at: 'answer' } as const
const signedOut = /^Signed out of http.+\n$/
const stays = /^Signed out of http.+\nThe server could not be told: the token is gone from here, and stays good until/

export const signingIn: Command[] = [
  {
    command: 'login',
    steps: {
      'the connection': {
        'Ctrl-C': fails(interruptedAt({ request: /./, at: 'connect' }, args), nothingKept, []),
        'lost network': fails(refused(args), /^http.+ could not be reached: .+ To look closer: galley doctor\n$/, []),
      },
      'the approval': {
        'Ctrl-C': fails(
          waiting(running => running.interrupt()),
          nothingKept,
          [],
        ),
        'lost network': works(waiting(approveBehindABrokenWire), /Signed in to http/, undefined, []),
      },
      'the token': {
        'Ctrl-C': fails(waiting(approveAndInterrupt), /was not kept.*revoked|nothing was kept/i, []),
        'lost network': fails(
          waiting(approveAndLoseTheAnswer),
          /nothing was kept\. To begin anew: galley login http/,
          [],
        ),
      },
      'what it keeps': {
        'full disk': fails(
          waiting(approve, scene => scene.startOnFullDisk(args)),
          /could not be kept in .+; it was revoked\. The disk is full.+\nThen sign in again with: galley login http/,
          [],
        ),
      },
    },
  },
  {
    command: 'logout',
    steps: {
      'the connection': {
        'lost network': works(refused(out), stays, undefined, []),
        'ended token': works(withEndedToken(out), signedOut, undefined, []),
      },
      'the answer': {
        'Ctrl-C': fails(interruptedAt(revoking, out), /still has its token .+ To sign out: galley logout http/, []),
        'lost network': works(cutAt(revoking, always, out), stays, undefined, []),
      },
      'what it keeps': { 'full disk': works(onFullDisk(out), signedOut, undefined, []) },
    },
  },
]
