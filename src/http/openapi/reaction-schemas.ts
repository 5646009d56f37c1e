import type { JsonSchema } from '../../runtime/catalogue.ts'
import { count, list, optionalText, optionalTime, record, text, time } from './record.ts'
import { reference } from './schema-reference.ts'

const letterState: JsonSchema = { enum: ['parked', 'retrying', 'discarding'] }

const letter: JsonSchema = {
  id: text,
  consumer: text,
  lane: text,
  position: { type: 'integer', minimum: 1 },
  eventId: text,
  eventType: text,
  state: letterState,
  error: text,
  attempts: count,
  codeVersion: optionalText,
  corrected: { type: 'boolean' },
  parkedAt: time,
  changedAt: time,
}

/** What the routes of reactors, processes and dead letters answer. */
export const reactionSchemas: JsonSchema = {
  Consumer: record({
    name: text,
    state: { enum: ['running', 'catching-up', 'waiting', 'paused', 'stopped', 'retrying', 'idle'] },
    reason: optionalText,
    position: count,
    head: count,
    lag: count,
    parked: count,
    retrying: count,
    oldestDeadLetterAt: optionalTime,
  }),
  ConsumerList: record({ consumers: list(reference('Consumer')) }),
  DeadLetter: record(letter),
  DeadLetterPage: record({
    deadLetters: list(reference('DeadLetter')),
    next: { ...optionalText, description: 'The `after` of the next page.' },
  }),
  DeadLetterDetail: record({
    ...letter,
    stack: optionalText,
    event: reference('RecordedEvent'),
    history: list(reference('Note')),
  }),
  DeadLetterChange: record({ id: text, state: letterState }),
  DryRun: record({
    ok: { type: 'boolean' },
    error: optionalText,
    event: { anyOf: [reference('RecordedEvent'), { type: 'null' }] },
  }),
  GroupRetry: record({
    state: { enum: ['none', 'running', 'done', 'cancelled', 'failed'] },
    retried: count,
    error: optionalText,
    server: { ...text, description: 'The server that was asked: what another one retries is known there only.' },
  }),
  Note: record({
    id: text,
    at: time,
    kind: text,
    consumer: optionalText,
    eventId: optionalText,
    principal: { ...optionalText, description: 'Who did it, for what an operator did.' },
    detail: {},
  }),
  NoteList: record({ notes: list(reference('Note')) }),
}
