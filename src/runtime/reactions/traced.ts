import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Note } from '../../ports/reaction-store.ts'
import type { ReactionOutcome } from '../app-log.ts'
import type { TracedReaction } from '../trace.ts'
import { type Consumer, laneOf } from './consumer.ts'
import { beginning } from './consumer-runner.ts'

const noteLimit = 1_000

/**
 * What consumers made of some events. Failures, letters and operators' actions are stored; that an event was simply
 * handled follows from the checkpoint, so that tracing costs no row for each event and handler.
 */
export async function reactionsTo(
  engine: Engine,
  consumers: readonly Consumer[],
  events: readonly RecordedEvent[],
): Promise<ReadonlyMap<string, readonly TracedReaction[]>> {
  const notes = await engine.reactions.notes({ eventIds: events.map(({ id }) => id), limit: noteLimit })
  const checkpoints = new Map<string, ReadonlyMap<number, number>>()
  for (const { name } of consumers) checkpoints.set(name, await engine.work.checkpoints(name))

  const outcomeOf = async (consumer: Consumer, event: RecordedEvent, own: readonly Note[]): Promise<ReactionOutcome | null> => {
    const places = checkpoints.get(consumer.name)
    const lane = laneOf(consumer, event)
    if (lane === null || event.position <= (places?.get(beginning) ?? 0)) return null
    const ended = own.findLast(({ kind }) => kind === 'skipped' || kind === 'discarded')
    if (ended) return ended.kind as 'skipped' | 'discarded'
    const [letter] = await engine.reactions.deadLetters({ consumer: consumer.name, lane, limit: 1 })
    if (letter && letter.position <= event.position) {
      if (letter.position < event.position) return 'waiting'
      return letter.state === 'parked' ? 'parked' : 'retrying'
    }
    return event.position <= (places?.get(0) ?? 0) ? 'done' : 'waiting'
  }

  const traced = new Map<string, TracedReaction[]>()
  for (const event of events) {
    const told: TracedReaction[] = []
    for (const consumer of consumers) {
      if (!consumer.handles(event.category, event.type)) continue
      const own = notes.filter((note) => note.eventId === event.id && note.consumer === consumer.name)
      const outcome = await outcomeOf(consumer, event, own).catch(() => 'waiting' as const)
      if (outcome === null) continue
      told.push({
        consumer: consumer.name,
        outcome,
        notes: own.map(({ at, kind, detail }) => ({
          at: new Date(at).toISOString(),
          kind,
          detail: JSON.parse(detail) as unknown,
        })),
      })
    }
    if (told.length > 0) traced.set(event.id, told)
  }
  return traced
}
