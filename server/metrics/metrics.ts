import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Counted, Metrics, Outcomes, Shown, Timed } from '../core/ports.ts'

export interface Registered extends Metrics {
  readonly contentType: string
  /** All there is, in Prometheus's text format. */
  text(): Promise<string>
}

const counters: Readonly<Record<Counted, string>> = {
  announcements_sent: 'Announcements given to Redis for the other nodes',
  announcements_heard: 'Announcements heard from other nodes',
  announcements_ignored: 'Announcements not acted on: of another epoch, or of a kind that this node does not know',
  announcements_dropped:
    'Announcements, and words on who is here, that did not reach the other nodes, for want of Redis',
  reconcile_repairs: 'Rooms and sockets that reconcile found to have missed something',
  redis_gaps: 'Times that Redis was out of reach, or silent for too long',
  deltas_inline: 'Versions told with their delta',
  deltas_none: 'Versions told without one: the page is fetched',
  sockets_cut: 'Connections cut, for they talked too fast or did not read',
  rate_limited: 'Requests turned away for coming too often, or with too much',
}

/** Each is there from the start, at 0, so that the first failure is seen to be one more. */
const outcomes: { readonly [Name in keyof Outcomes]: { help: string; of: readonly Outcomes[Name][] } } = {
  publishes: {
    help: 'Pages that were sent, by what came of them',
    of: ['kept', 'unchanged', 'refused', 'failed'],
  },
  http_responses: {
    help: "Requests that were answered, by class of status; probes and the pages' own hosts do not count",
    of: ['2xx', '3xx', '4xx', '5xx', 'aborted'],
  },
  jobs: { help: 'Jobs that this node had its turn at', of: ['done', 'failed'] },
}

const timers: Readonly<Record<Timed, string>> = {
  fan_out: 'From a change, or from hearing of it, to when a room on this node was told',
  reconcile: 'One look at whether everybody here was told what the database has',
  redis_round_trip: 'A heartbeat by way of Redis back to this node',
  store_transaction: 'One transaction, with its waiting for others',
  store_query: 'One query',
  http_request: 'One request, with its body',
}

const gauges: Readonly<Record<Shown, string>> = {
  connections: 'Live connections',
  rooms: 'Artifacts that live connections watch, publishers and viewers counted apart',
  redis_up: '1 while Redis carries announcements between the nodes, else 0',
  press_waiting: 'Pages that wait for a thread to render, compress or compare them',
  store_waiting: 'Queries and transactions that wait for a connection to PostgreSQL',
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Everything Galley counts, beside what prom-client knows of the process itself. */
export function openMetrics(): Registered {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const counter = each(counters, (name, help) => new Counter({ name: `galley_${name}_total`, help, registers }))
  const timer = each(
    timers,
    (name, help) => new Histogram({ name: `galley_${name}_seconds`, help, registers, buckets }),
  )
  const outcomesOf = each(outcomes, (name, { help, of }) => {
    const counter = new Counter({ name: `galley_${name}_total`, help, registers, labelNames: ['outcome'] })
    for (const outcome of of) counter.inc({ outcome }, 0)
    return counter
  })
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count: (name, by = 1) => counter[name].inc(by),
    outcome: (name, outcome) => outcomesOf[name].inc({ outcome }),
    time: (name, ms) => timer[name].observe(ms / 1000),
    show(name, read) {
      new Gauge({
        name: `galley_${name}`,
        help: gauges[name],
        registers,
        collect() {
          this.set(read())
        },
      })
    },
  }
}

function each<Name extends string, About, T>(
  about: Readonly<Record<Name, About>>,
  make: (name: Name, about: About) => T,
): Record<Name, T> {
  const entries = Object.entries<About>(about).map(([name, about]) => [name, make(name as Name, about)])
  return Object.fromEntries(entries) as Record<Name, T>
}
