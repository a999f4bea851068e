import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { galley } from '../console.ts'
import type { Fault } from '../faulty-wire.ts'
import type { Ended, Running, Start } from '../terminal-shell.ts'
import type { Scene } from './stage.ts'

export const faults = ['Ctrl-C', 'lost network', 'full disk', 'ended token'] as const

/** What a command does when something goes wrong at one of its steps. */
export interface Cell {
  run(scene: Scene): Promise<Ended>
  code: number
  /** On stderr. */
  says: RegExp
  /** On stdout; absent: nothing at all. */
  prints?: RegExp
  /** How many versions each of the member's pages has afterwards, the newest page first. */
  pages: readonly number[]
}

export interface Command {
  command: string
  /** What was done before. */
  given?: (scene: Scene) => Promise<void>
  steps: Readonly<Record<string, Partial<Record<(typeof faults)[number], Cell>>>>
}

type Run = Cell['run']

export const fails = (run: Run, says: RegExp, pages: readonly number[]): Cell => ({ run, code: 1, says, pages })

export const works = (run: Run, says: RegExp, prints: RegExp | undefined, pages: readonly number[]): Cell => ({
  run,
  code: 0,
  says,
  ...(prints && { prints }),
  pages,
})

export const address = /^http:\/\/localhost:\d+\/a\/cart_\w{22}\n$/

/** What is turned away is not lost. */
export const keptAs = (name: string) =>
  new RegExp(`could not be reached: (?:.|\\n)+The page is in a local file, for a browser to open: ${name}\\n$`)

/** On each try, for ever. */
export const always = Number.POSITIVE_INFINITY

/** Where on the wire. */
type Place = Pick<Fault, 'request' | 'at'>
type Args = readonly string[] | ((scene: Scene) => readonly string[])

const argsFor = (args: Args, scene: Scene) => (typeof args === 'function' ? args(scene) : args)

/** Ctrl-C while nothing passes any more. */
export const interruptedAt =
  (place: Place, args: Args, how?: Partial<Start>): Run =>
  async scene => {
    const held = scene.wire.order({ ...place, how: 'hold', times: 1 })
    const running = scene.start(argsFor(args, scene), how)
    await held
    running.interrupt()
    return running.ended
  }

export const cutAt =
  (place: Place, times: number, args: Args, how?: Partial<Start>): Run =>
  async scene => {
    void scene.wire.order({ ...place, how: 'cut', times })
    return scene.start(argsFor(args, scene), how).ended
  }

/** Nobody listens there. */
export const refused =
  (args: Args, how?: Partial<Start>): Run =>
  async scene => {
    await scene.wire.refuse()
    return scene.start(argsFor(args, scene), how).ended
  }

export const withEndedToken =
  (args: Args, how?: Partial<Start>): Run =>
  async scene => {
    scene.endTokens()
    return scene.start(argsFor(args, scene), how).ended
  }

export const onFullDisk =
  (args: Args): Run =>
  scene =>
    scene.startOnFullDisk(argsFor(args, scene)).ended

/** @param act once it has asked */
export const atQuestion =
  (args: readonly string[], act: (running: Running, scene: Scene) => Promise<void> | void): Run =>
  async scene => {
    const running = scene.start(args, { terminal: true })
    await running.until(/\(y\/N\) $/)
    await act(running, scene)
    return running.ended
  }

export const interrupt = (running: Running): void => running.interrupt()

export const yesAfter =
  (act: (scene: Scene) => Promise<void> | void) =>
  async (running: Running, scene: Scene): Promise<void> => {
    await act(scene)
    await running.type('y\n')
  }

/** Long enough to be on its way for more than one packet. */
export const page = (text: string): string =>
  `<!doctype html><title>Report</title>${text}<!-- ${randomBytes(100_000).toString('hex')} -->`

export const save = (scene: Scene, text: string): Promise<void> =>
  writeFile(join(scene.home, 'report.html'), page(text))

/** The page that report.html is, of one version. */
export async function published(scene: Scene): Promise<void> {
  scene.page = await done(scene, 'publish', 'report.html', '--yes')
}

/** @returns what it printed */
export async function done(scene: Scene, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await galley(args, { env: { HOME: scene.home, GALLEY_AUTO_OPEN: '0' } })
  expect(code, stderr).to.equal(0)
  return stdout.trim()
}
