/** A made-up fleet of services that is always deploying something. */

const services = [
  { name: 'checkout', median: 84 },
  { name: 'search', median: 46 },
  { name: 'accounts', median: 31 },
  { name: 'ledger', median: 112 },
]
const authors = ['Ada', 'Grace', 'Katherine', 'Radia', 'Barbara', 'Hedy']
const changes = [
  'Retry the payment provider twice, not five times',
  'Index orders by customer and day',
  'Stop logging the whole request body',
  'Move the session store to its own pool',
  'Round half to even in refunds',
  'Cache the category tree for a minute',
  'Drop the legacy currency column',
  'Show delivery dates in local time',
  'Raise the upload limit for invoices',
  'Close idle connections after 30 seconds',
]
export const stages = ['build', 'test', 'canary', 'roll out']
const ticksPerStage = 4
const kept = 12
const points = 60

const any = list => list[Math.floor(Math.random() * list.length)]
const commit = () =>
  Math.floor(Math.random() * 0xfffffff)
    .toString(16)
    .padStart(7, '0')

export function newFleet(now) {
  const fleet = { tick: 0, made: 140, deploys: [], latency: services.map(service => ({ ...service, values: [] })) }
  const since = now - points * 2000
  for (let tick = 0; tick < points; tick++) advance(fleet, since + tick * 2000)
  return fleet
}

/** One step of two seconds or so. */
export function advance(fleet, now) {
  fleet.tick++
  for (const deploy of fleet.deploys) if (deploy.state === 'running') advanceDeploy(deploy, now)
  for (const { median, values } of fleet.latency) {
    const last = values.at(-1) ?? median
    const spike = Math.random() < 0.04 ? median * Math.random() : 0
    values.push(Math.max(median / 2, last + (median - last) * 0.25 + (Math.random() - 0.5) * median * 0.22 + spike))
    if (values.length > points) values.shift()
  }
  const running = fleet.deploys.filter(deploy => deploy.state === 'running').length
  if (running < 2 || (running < 4 && Math.random() < 0.2)) start(fleet, now)
}

function start(fleet, now) {
  fleet.deploys.unshift({
    number: ++fleet.made,
    service: any(services).name,
    commit: commit(),
    author: any(authors),
    change: any(changes),
    state: 'running',
    progress: 0,
    startedAt: now,
    endedAt: null,
    log: [{ at: now, line: 'queued by the main branch' }],
  })
  fleet.deploys.length = Math.min(fleet.deploys.length, kept)
}

function advanceDeploy(deploy, now) {
  const stage = stageOf(deploy)
  if (deploy.progress % ticksPerStage === 0) deploy.log.push({ at: now, line: `${stage} started` })
  deploy.progress++
  if (Math.random() < 0.012) {
    Object.assign(deploy, { state: 'failed', endedAt: now })
    deploy.log.push({ at: now, line: `${stage} failed: ${deploy.service} did not answer its health check in 10 s` })
    deploy.log.push({ at: now, line: 'rolled back to the version before' })
  } else if (deploy.progress === stages.length * ticksPerStage) {
    Object.assign(deploy, { state: 'done', endedAt: now })
    deploy.log.push({ at: now, line: 'serving all traffic' })
  }
}

export const stageOf = deploy => stages[Math.min(stages.length - 1, Math.floor(deploy.progress / ticksPerStage))]

/** How far each stage is, 0 to 1. */
export const stageProgress = deploy =>
  stages.map((_, index) => Math.min(1, Math.max(0, deploy.progress / ticksPerStage - index)))
