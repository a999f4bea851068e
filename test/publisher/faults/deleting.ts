import {
  address,
  always,
  atQuestion,
  type Command,
  cutAt,
  done,
  fails,
  interrupt,
  interruptedAt,
  onFullDisk,
  published,
  refused,
  withEndedToken,
  works,
  yesAfter,
} from './acts.ts'
import type { Scene } from './stage.ts'

const asking = ['delete', 'report.html']
const sure = [...asking, '--yes']
const unreached = /could not be reached: .+ To look closer: galley doctor\n$/
const expired = /This access token expired at .+ galley login http/
const connection = { request: /^GET \/api\/v1\/artifacts/, at: 'connect' } as const
const answer = { request: /^DELETE \/api\/v1\/artifacts/, at: 'answer' } as const
const lookWhether = (what: string, begin = '^Interrupted\\. ') =>
  new RegExp(`${begin}See whether it ${what} with: galley list\\n$`)

const restored = { request: /\/restore/, at: 'answer' } as const
const isBack = (begin?: string) => lookWhether('is back', begin)
const undo = ({ page }: Scene) => ['delete', '--undo', page]

export const deleting: Command[] = [
  {
    command: 'delete',
    given: published,
    steps: {
      'the connection': {
        'Ctrl-C': fails(interruptedAt(connection, sure), /^Interrupted\.\n$/, [1]),
        'lost network': fails(refused(sure), unreached, [1]),
        'ended token': fails(withEndedToken(sure), expired, [1]),
      },
      'the question': {
        'Ctrl-C': fails(atQuestion(asking, interrupt), /Nothing was done\.\n$/, [1]),
        'lost network': fails(
          atQuestion(
            asking,
            yesAfter(({ wire }) => wire.refuse()),
          ),
          lookWhether('was deleted', 'could not be reached: .+\\n'),
          [1],
        ),
        'ended token': fails(
          atQuestion(
            asking,
            yesAfter(scene => scene.endTokens()),
          ),
          expired,
          [1],
        ),
      },
      'the answer': {
        'Ctrl-C': fails(interruptedAt(answer, sure), lookWhether('was deleted'), []),
        'lost network': fails(
          cutAt(answer, always, sure),
          lookWhether('was deleted', 'could not be reached: .+\\n'),
          [],
        ),
      },
      'what it remembers': { 'full disk': works(onFullDisk(sure), /^Deleted "Report"[\s\S]+--undo http/, address, []) },
    },
  },
  {
    command: 'delete --undo',
    async given(scene) {
      await published(scene)
      await done(scene, ...sure)
    },
    steps: {
      'the connection': {
        'lost network': fails(refused(undo), isBack('could not be reached: .+\\n'), []),
        'ended token': fails(withEndedToken(undo), expired, []),
      },
      'the answer': {
        'Ctrl-C': fails(interruptedAt(restored, undo), isBack(), [1]),
        'lost network': fails(cutAt(restored, always, undo), isBack('could not be reached: .+\\n'), [1]),
      },
      'what it remembers': {
        'full disk': works(
          onFullDisk(undo),
          /could not be remembered here\. The disk is full[\s\S]+ is back/,
          address,
          [1],
        ),
      },
    },
  },
]
