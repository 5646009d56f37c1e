/** Dead letters, timers, consumers and notes with what matters to a test. */
import { v7 } from 'uuid'
import type { ConsumerState, DeadLetter, Note, Timer } from '../../ports/reaction-store.ts'

/** A dead letter of a lane. */
export function letterOf(lane: string, given: Partial<DeadLetter> = {}): DeadLetter {
  return {
    id: v7(),
    consumer: 'reactor/mail',
    lane,
    position: 7,
    eventId: 'event-7',
    eventType: 'Happened',
    state: 'parked',
    error: 'the server said “no”',
    stack: 'Error: no\n    at somewhere',
    attempts: 3,
    codeVersion: 'v1',
    correction: null,
    parkedAt: 1_000,
    changedAt: 2_000,
    ...given,
  }
}

/** A timer. */
export function timerOf(id: string, dueAt: number, given: Partial<Timer> = {}): Timer {
  return { id, consumer: 'process/transfer', dueAt, body: `{"id":"${id}"}`, ...given }
}

/** A consumer in a state. */
export function consumerOf(
  name: string,
  state: ConsumerState['state'] = 'running',
  reason: string | null = null,
): ConsumerState {
  return { name, state, reason, changedAt: 1_000 }
}

/** A note of an event. */
export function noteOf(eventId: string | null, kind = 'failed', given: Partial<Note> = {}): Note {
  return {
    id: v7(),
    at: 1_000,
    kind,
    consumer: 'reactor/mail',
    eventId,
    principal: null,
    detail: '{"attempt":1}',
    ...given,
  }
}
