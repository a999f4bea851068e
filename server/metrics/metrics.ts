import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Counted, Metrics, Shown, Timed } from '../core/ports.ts'

export interface Registered extends Metrics {
  readonly contentType: string
  /** All there is, in Prometheus's text format. */
  text(): Promise<string>
}

const counters: Readonly<Record<Counted, string>> = {
  announcements_sent: 'Announcements given to Redis for the other nodes',
  announcements_heard: 'Announcements heard from other nodes',
  announcements_dropped: 'Announcements that did not reach the other nodes, for want of Redis',
  reconcile_repairs: 'Rooms and sockets that reconcile found to have missed something',
  redis_gaps: 'Times that Redis was out of reach, or silent for too long',
  deltas_inline: 'Versions told with their delta',
  deltas_none: 'Versions told without one: the page is fetched',
  sockets_cut: 'Connections cut, for they talked too fast or did not read',
  rate_limited: 'Requests turned away for coming too often, or with too much',
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
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count: (name, by = 1) => counter[name].inc(by),
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

function each<Name extends string, T>(
  helps: Readonly<Record<Name, string>>,
  make: (name: Name, help: string) => T,
): Record<Name, T> {
  const entries = Object.entries<string>(helps).map(([name, help]) => [name, make(name as Name, help)])
  return Object.fromEntries(entries) as Record<Name, T>
}
