/** What metrics say of reactors, processes, dead letters and timers. */
import type { Backlog, ConsumerStatus } from '../runtime/app.ts'
import { family, labels } from './exposition.ts'

const states: readonly ConsumerStatus['state'][] = [
  'running',
  'catching-up',
  'waiting',
  'paused',
  'stopped',
  'retrying',
  'idle',
]

/** The lines of consumers: how far each is, and how it is. */
export function consumerLines(consumers: readonly ConsumerStatus[]): readonly string[] {
  const byName = (value: (status: ConsumerStatus) => number): ReadonlyMap<string, number> =>
    new Map(consumers.map((status) => [labels({ consumer: status.name }), value(status)]))
  const stateSamples = consumers.flatMap(({ name, state: present }) =>
    states.map((state) => [labels({ consumer: name, state }), state === present ? 1 : 0] as const),
  )
  return [
    ...family(
      'khata_consumer_position',
      'gauge',
      'Checkpoint of a reactor or process.',
      byName(({ position }) => position),
    ),
    ...family(
      'khata_consumer_lag',
      'gauge',
      'Positions behind the head.',
      byName(({ lag }) => lag),
    ),
    ...family('khata_consumer_state', 'gauge', 'The state is the one that is 1.', new Map(stateSamples)),
  ]
}

/** The lines of what waits: dead letters, those of views too, and timers. `now` is in milliseconds since 1970. */
export function backlogLines({ deadLetters, timersDue }: Backlog, now: number): readonly string[] {
  const oldest = new Map<string, number>()
  for (const { consumer, oldestAt } of deadLetters) {
    const age = Math.max(0, (now - Date.parse(oldestAt)) / 1_000)
    const label = labels({ consumer })
    oldest.set(label, Math.max(age, oldest.get(label) ?? 0))
  }
  return [
    ...family(
      'khata_dead_letters',
      'gauge',
      'Lanes that wait behind an event that could not be handled.',
      new Map(deadLetters.map(({ consumer, state, count }) => [labels({ consumer, state }), count])),
    ),
    ...family('khata_dead_letter_oldest_age_seconds', 'gauge', 'Since the oldest one was parked first.', oldest),
    ...family('khata_timers_due', 'gauge', 'Timers whose time has come, up to 1,000.', new Map([['', timersDue]])),
  ]
}
