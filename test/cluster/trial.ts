import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { Publish } from '../faults/publishers.ts'
import { type Fault, haveRedis } from './fault.ts'
import { allOut, openVictims, type Revoked, revokeAll, type Victims } from './revocations.ts'
import type { Stage } from './stage.ts'
import { allRight, promised } from './truth.ts'

/** What became of one fault: a row for whoever runs it. Times are seconds. */
export interface Row {
  fault: string
  acknowledged: number
  kept: number
  'rev went back': number
  'saw too much': number
  'all right after': number
  /** Of those who lost access, the last; 'none' did. */
  'out after': number | 'none'
  /** The same, by a command beside the nodes. */
  'out after a command': number | 'none'
}

/** How long there is load before the fault. Milliseconds. */
const before = 1000

/** Load, a fault, its end; and then everything must come right. @throws AssertionError where it does not */
export async function trial(stage: Stage, fault: Fault): Promise<Row> {
  const { cluster, load, publishers, viewers } = stage
  await haveRedis(stage)
  const first = publishers.publishes.length
  await viewers.history({ anew: true })
  const victims = fault.outWithin === undefined ? [] : await openVictims(stage)
  try {
    await sleep(before)
    await stage.pages.remember(cluster)
    const { revoked, out } = await strike(stage, fault, victims)
    const ended = Date.now()
    await load.rest()
    // What was under way was published after the end.
    await allRight(stage, stage.audience, Date.now() + promised)
    const right = Date.now() - ended
    await stage.pages.remember(cluster)
    await fault.check?.(stage)
    checkNodes(stage)
    checkOut(fault, revoked, out)
    return {
      fault: fault.name,
      ...(await checkKept(stage, publishers.publishes.slice(first))),
      ...(await checkSights(stage, fault, revoked)),
      'all right after': inSeconds(right),
      'out after': slowest(revoked, out, false),
      'out after a command': slowest(revoked, out, true),
    }
  } finally {
    await viewers.close(victims.flatMap(({ seats }) => seats.map(({ key }) => key)))
    load.goOn()
  }
}

/** Ends the fault whatever comes of it: there are others after it. */
async function strike(
  stage: Stage,
  fault: Fault,
  victims: readonly Victims[],
): Promise<{ revoked: readonly Revoked[]; out: ReadonlyMap<string, number> }> {
  try {
    await fault.begin(stage)
    const began = Date.now()
    const revoked = await revokeAll(stage, victims)
    const out = await allOut(stage, revoked, promised)
    await sleep(Math.max(0, began + fault.holds - Date.now()))
    return { revoked, out }
  } finally {
    await fault.end?.(stage)
  }
}

const inSeconds = (ms: number): number => Math.round(ms / 100) / 10

/** Byte for byte, once each; and, past the nodes, that what was acknowledged of these is there. */
async function checkKept(stage: Stage, publishes: readonly Publish[]): Promise<Pick<Row, 'acknowledged' | 'kept'>> {
  const isThere = ({ answer }: Publish) => !stage.deleted.has(answer?.id ?? '')
  await stage.kept.check(stage.publishers.publishes.filter(isThere))
  const keys = publishes.filter(isThere).flatMap(({ acknowledged, key }) => (acknowledged ? [key] : []))
  const [row] = await stage.cluster.rows(
    `select count(distinct note) as kept from versions where note in ('none', '${keys.join("', '")}')`,
  )
  const kept = Number(row?.kept)
  expect(kept, 'publishes kept, of those acknowledged').to.equal(keys.length)
  return { acknowledged: keys.length, kept }
}

async function checkSights(
  stage: Stage,
  fault: Fault,
  revoked: readonly Revoked[],
): Promise<Pick<Row, 'rev went back' | 'saw too much'>> {
  const { shown, wentBack, sights } = await stage.viewers.history({ anew: false })
  const seats = [
    ...stage.audience.map(({ seat, sees }) => ({ seat, out: sees === 'nothing' ? 0 : Number.POSITIVE_INFINITY })),
    ...revoked.flatMap(({ seats, at, byCommand }) =>
      seats.map(seat => ({ seat, out: at + boundOf(fault, byCommand) })),
    ),
  ]
  const tooMuch = seats.flatMap(({ seat, out }) => {
    const seen = stage.pages.forbidden(seat, shown.get(seat.key) ?? [], out)
    const told = (sights.get(seat.key)?.toldAt ?? 0) > out ? ['was told of it'] : []
    return [...seen.map(({ sha256 }) => `was shown ${sha256}`), ...told].map(what => `${seat.key} ${what}`)
  })
  expect(wentBack, 'rev went back').to.deep.equal([])
  expect(tooMuch, 'was told what it may not see').to.deep.equal([])
  return { 'rev went back': wentBack.length, 'saw too much': tooMuch.length }
}

/** Milliseconds after losing access, from which on nothing more may be told. */
const boundOf = ({ outWithin = 0 }: Fault, byCommand: boolean): number => (byCommand ? promised : outWithin)

function checkOut(fault: Fault, revoked: readonly Revoked[], out: ReadonlyMap<string, number>): void {
  for (const { what, byCommand } of revoked) {
    expect(out.get(what), `milliseconds until those were out who were ${what}`).to.be.at.most(boundOf(fault, byCommand))
  }
}

function slowest(revoked: readonly Revoked[], out: ReadonlyMap<string, number>, byCommand: boolean): number | 'none' {
  const times = revoked.filter(of => of.byCommand === byCommand).map(({ what }) => out.get(what) ?? 0)
  return times.length === 0 ? 'none' : inSeconds(Math.max(...times))
}

/** None of them ends by itself, whatever happens around it. */
function checkNodes({ cluster }: Stage): void {
  for (const node of cluster.nodes) expect(node.runs, `A node ended: ${node.lastWords()}`).to.equal(true)
}
