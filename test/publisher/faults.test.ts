import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { type Cell, type Command, faults, save } from './faults/acts.ts'
import { deleting } from './faults/deleting.ts'
import { publishing } from './faults/publishing.ts'
import { reading } from './faults/reading.ts'
import { signingIn } from './faults/signing-in.ts'
import { openStage, type Stage } from './faults/stage.ts'
import { watchingCommand } from './faults/watching.ts'
import type { Ended } from './terminal-shell.ts'

const commands: Command[] = [...signingIn, ...publishing, watchingCommand, ...reading, ...deleting]

/** One way for one command to go wrong. */
interface Trial extends Pick<Command, 'given'> {
  command: string
  step: string
  fault: string
  cell: Cell
}

const trials: Trial[] = commands.flatMap(({ command, given, steps }) =>
  Object.entries(steps).flatMap(([step, cells]) =>
    faults.flatMap(fault => {
      const cell = cells[fault]
      return cell ? [{ command, step, fault, cell, ...(given && { given }) }] : []
    }),
  ),
)

/** What there was afterwards. */
interface Result {
  ended: Ended
  pages: number[]
  /** Files that cannot be read by the next command, or that nobody will take away. */
  broken: string[]
}

/** Most of it is waiting. */
const atOnce = 4

describe('each command, at each of its steps', function () {
  this.timeout(180_000)
  const stages: Stage[] = []
  const results = new Map<Trial, Promise<Result>>()

  before(async () => {
    stages.push(...(await Promise.all(Array.from({ length: atOnce }, openStage))))
    const turns = stages.map((): Promise<unknown> => Promise.resolve())
    trials.forEach((trial, index) => {
      const place = index % atOnce
      const result = Promise.resolve(turns[place]).then(() => play(trial, stages[place]))
      turns[place] = result.catch(() => undefined)
      results.set(trial, result)
    })
  })
  after(async () => {
    console.log(await table(results))
    for (const stage of stages) await stage.close()
  })

  for (const trial of trials) {
    const { command, step, fault, cell } = trial
    it(`${command}: ${fault} at ${step}`, async () => {
      const result = await results.get(trial)
      if (!result) throw new Error('It was not played.')
      const { ended, pages, broken } = result
      expect(ended.code, ended.stderr).to.equal(cell.code)
      expect(ended.stderr).to.match(cell.says)
      // A sentence is no stack, and no name of a class.
      expect(ended.stderr).not.to.match(/^\s+at .+:\d+|\w*Error: |\bundefined\b/m)
      if (cell.prints) expect(ended.stdout).to.match(cell.prints)
      else expect(ended.stdout).to.equal('')
      expect(pages).to.deep.equal(cell.pages)
      expect(broken).to.deep.equal([])
    })
  }
})

async function play({ given, cell }: Trial, stage: Stage | undefined): Promise<Result> {
  if (!stage) throw new Error('There is no stage for it.')
  const scene = await stage.enter()
  try {
    await save(scene, 'one')
    await given?.(scene)
    const ended = await cell.run(scene)
    await scene.wire.mend()
    const files = await scene.files()
    const whole = await Promise.all(files.map(isWhole))
    return { ended, pages: await scene.pages(), broken: files.filter((_, index) => !whole[index]) }
  } finally {
    await scene.leave()
  }
}

async function isWhole(path: string): Promise<boolean> {
  const content = await readFile(path, 'utf8')
  if (path.endsWith('.html')) return content.startsWith('<!doctype html>')
  try {
    return path.endsWith('.json') && JSON.parse(content) !== null
  } catch {
    return false
  }
}

async function table(results: ReadonlyMap<Trial, Promise<Result>>): Promise<string> {
  const rows = [...results].map(async ([{ command, step, fault }, result]) => {
    const { ended, pages } = await result
    const said = ended.stderr.trim().split('\n').at(-1) ?? ''
    return [command, step, fault, String(ended.code), pages.join(' ') || '-', said.slice(0, 110)]
  })
  const head = ['command', 'at', 'fault', 'exit', 'versions', 'and says, last']
  const lines = [
    head,
    ...(await Promise.allSettled(rows)).flatMap(row => (row.status === 'fulfilled' ? [row.value] : [])),
  ]
  const widths = head.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  return lines
    .map(line =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
