import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Position } from '../../model/units.ts'
import type { Engine } from '../../ports/engine.ts'
import type { DeadLetter, Note } from '../../ports/reaction-store.ts'
import type { ReactionOutcome } from '../app-log.ts'
import type { Reactions, TracedReaction } from '../trace.ts'
import { type Consumer, laneOf } from './consumer.ts'
import { beginning } from './registration.ts'

/** Notes of so many events are read at once, and at most so many of them. */
const noteEvents = 50
const noteLimit = 1_000

/**
 * What consumers made of some events. Failures, letters and operators' actions are stored; that an event was simply
 * handled follows from the checkpoint, so that tracing costs no row for each event and handler.
 */
export async function reactionsTo(
  engine: Engine,
  consumers: readonly Consumer[],
  events: readonly RecordedEvent[],
): Promise<Reactions> {
  const noted = await notesOf(engine, events)
  const byEvent = new Map<string, TracedReaction[]>()
  for (const consumer of consumers) {
    const checkpoints = await engine.work.checkpoints(consumer.name)
    const from = checkpoints.get(beginning) ?? 0
    const handled = events
      .filter((event) => event.position > from && consumer.handles(event.category, event.type))
      .map((event) => ({ event, lane: laneOf(consumer, event) }))
      .filter((entry): entry is { event: RecordedEvent; lane: string } => entry.lane !== null)
    if (handled.length === 0) continue
    const lanes = [...new Set(handled.map(({ lane }) => lane))]
    const found = await engine.reactions.deadLetters({ consumer: consumer.name, lanes, limit: lanes.length })
    const letters = new Map(found.map((letter) => [letter.lane, letter]))
    for (const { event, lane } of handled) {
      const notes = noted.byEvent.get(event.id)?.filter((note) => note.consumer === consumer.name) ?? []
      const outcome = outcomeOf(event.position, notes, letters.get(lane), checkpoints.get(0) ?? 0)
      const told = byEvent.get(event.id) ?? []
      byEvent.set(event.id, [...told, { consumer: consumer.name, outcome, notes: notes.map(entryOf) }])
    }
    await turn()
  }
  return { byEvent, whole: noted.whole }
}

async function notesOf(engine: Engine, events: readonly RecordedEvent[]) {
  const notes: Note[] = []
  let whole = true
  for (let first = 0; first < events.length; first += noteEvents) {
    const eventIds = events.slice(first, first + noteEvents).map(({ id }) => id)
    const page = await engine.reactions.notes({ eventIds, limit: noteLimit })
    notes.push(...page)
    whole &&= page.length < noteLimit
    await turn()
  }
  return { byEvent: Map.groupBy(notes, ({ eventId }) => eventId), whole }
}

function outcomeOf(
  position: Position,
  notes: readonly Note[],
  letter: DeadLetter | undefined,
  checkpoint: Position,
): ReactionOutcome {
  const ended = notes.findLast(({ kind }) => kind === 'skipped' || kind === 'discarded')
  if (ended) return ended.kind as 'skipped' | 'discarded'
  if (!letter || letter.position > position) return position <= checkpoint ? 'done' : 'waiting'
  if (letter.position < position) return 'waiting'
  return letter.state === 'parked' ? 'parked' : 'retrying'
}

function entryOf({ at, kind, detail }: Note): TracedReaction['notes'][number] {
  return { at: new Date(at).toISOString(), kind, detail: JSON.parse(detail) as unknown }
}

/** Lets others have the event loop: an engine may answer without giving it away. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
