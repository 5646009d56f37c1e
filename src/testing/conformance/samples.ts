import assert from 'node:assert/strict'
import { v7 } from 'uuid'
import type { Engine } from '../../ports/engine.ts'
import type { Commit, CommitOutcome, Condition, NewEvent, StoredEvent, StreamAppend } from '../../ports/event-store.ts'

/** A commit that was made. */
export type Committed = Extract<CommitOutcome, { outcome: 'committed' }>

/** An event with what matters to a test. */
export function sample(type = 'Happened', given: Partial<NewEvent> = {}): NewEvent {
  return {
    id: v7(),
    type,
    schemaVersion: 1,
    data: '{"amount":1}',
    metadata: '{}',
    tags: [],
    occurredAt: null,
    commandId: null,
    correlationId: null,
    ...given,
  }
}

/** Several events of one type. */
export function samples(count: number, type?: string): NewEvent[] {
  return Array.from({ length: count }, () => sample(type))
}

/** An append to `category/id`. */
export function to(stream: string, expected: number | null, ...events: NewEvent[]): StreamAppend {
  const [category = '', streamId = ''] = stream.split('/')
  return { category, streamId, expected, events }
}

/** A condition that nothing with a tag was appended after a position. */
export function nothingTagged(tag: string, after = 0): Condition {
  return { query: [{ tags: [tag] }], after, clause: after === 0 ? 'taken' : 'moved-on' }
}

/** Makes a commit that must succeed. */
export async function done(engine: Engine, commit: Commit): Promise<Committed> {
  const outcome = await engine.events.commit(commit)
  assert.equal(outcome.outcome, 'committed', JSON.stringify(outcome))
  return outcome as Committed
}

/** Appends events that must be taken. */
export function append(engine: Engine, stream: string, ...events: NewEvent[]): Promise<Committed> {
  return done(engine, { appends: [to(stream, null, ...events)] })
}

/** All events of the log. */
export async function wholeLog(engine: Engine): Promise<readonly StoredEvent[]> {
  const { events } = await engine.events.readLog({ after: 0, limit: 1_000_000 })
  return events
}

/** All events of `category/id`. */
export function wholeStream(engine: Engine, stream: string): Promise<readonly StoredEvent[]> {
  const { category, streamId } = to(stream, null)
  return engine.events.readStream({ category, streamId, limit: 1_000_000 })
}

/** Fails unless positions are 1, 2, 3, … and versions are 1, 2, 3, … in each stream. */
export function assertGapless(events: readonly StoredEvent[]): void {
  const versions = new Map<string, number>()
  for (const [index, event] of events.entries()) {
    assert.equal(event.position, index + 1)
    const stream = `${event.category}/${event.streamId}`
    const version = (versions.get(stream) ?? 0) + 1
    assert.equal(event.version, version, stream)
    versions.set(stream, version)
  }
}

/** How many outcomes there are of each kind. */
export function tally(outcomes: readonly CommitOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** Numbers from 0. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
