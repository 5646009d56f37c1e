/** Counts for Prometheus. Labels are only ever names of the app's parts and of this room's routes: their number is bounded. */
import type { Catalogue } from '../runtime/catalogue.ts'
import { family, type Histogram, histogram, histogramFamily, labels, observe } from './exposition.ts'

/** What became of a command, as it is counted. */
export type CommandOutcome = 'accepted' | 'repeated' | 'rejected' | 'conflict' | 'refused' | 'unavailable' | 'failed'

/** What is counted while requests are answered. */
export interface Metrics {
  /** Begins to time a command; the answer counts it, once, whatever is called after that. */
  startCommand(name: string): (outcome: CommandOutcome) => void
  /** Begins to count a request; the answer ends it. */
  startRequest(method: string): (route: string, status: number) => void
  /** One more live feed, or one less. */
  feeds(change: 1 | -1): void
  /** Live feeds that are open. */
  readonly openFeeds: number
  /** All samples in Prometheus' text format. */
  text(): string
}

/** Counters for one server. */
export function createMetrics(catalogue: Catalogue): Metrics {
  const known = new Set(catalogue.commands.map(({ name }) => name))
  const commands = new Map<string, number>()
  const durations = new Map<string, Histogram>()
  const requests = new Map<string, number>()
  let inFlight = 0
  let commandsInFlight = 0
  let feeds = 0

  return {
    startCommand(name) {
      const command = known.has(name) ? name : 'unknown'
      const startedAt = performance.now()
      let open = true
      commandsInFlight++
      return (outcome) => {
        if (!open) return
        open = false
        commandsInFlight--
        count(commands, labels({ command, outcome }))
        observe(of(durations, labels({ command })), (performance.now() - startedAt) / 1000)
      }
    },
    startRequest(method) {
      inFlight++
      let open = true
      return (route, status) => {
        if (!open) return
        open = false
        inFlight--
        count(requests, labels({ method, route, status: String(status) }))
      }
    },
    feeds(change) {
      feeds += change
    },
    get openFeeds() {
      return feeds
    },
    text: () =>
      [
        ...family('khata_commands_total', 'counter', 'Commands over HTTP by what became of them.', commands),
        ...histogramFamily('khata_command_duration_seconds', 'Time to answer a command over HTTP.', durations),
        ...family(
          'khata_commands_in_flight',
          'gauge',
          'Commands over HTTP that are not answered yet.',
          new Map([['', commandsInFlight]]),
        ),
        ...family('khata_http_requests_total', 'counter', 'HTTP requests answered.', requests),
        ...family(
          'khata_http_requests_in_flight',
          'gauge',
          'HTTP requests not answered yet, live feeds included.',
          new Map([['', inFlight]]),
        ),
        ...family('khata_live_feeds', 'gauge', 'Live feeds of events that are open.', new Map([['', feeds]])),
      ].join('\n'),
  }
}

function count(samples: Map<string, number>, label: string): void {
  samples.set(label, (samples.get(label) ?? 0) + 1)
}

function of(histograms: Map<string, Histogram>, label: string): Histogram {
  const found = histograms.get(label) ?? histogram()
  histograms.set(label, found)
  return found
}
