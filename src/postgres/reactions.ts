import type { Commit } from '../ports/event-store.ts'
import type { ConsumerState, ConsumerWrite, DeadLetter, DeadLetterWrite, Note, TimerWrite } from '../ports/reaction-store.ts'
import { textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import { type Facts, type Ledger, laneKey } from './ledger.ts'

type Reactions = Pick<Commit, 'deadLetters' | 'timers' | 'consumers' | 'notes'>

const readLettersText = `SELECT id, consumer, lane, changed_at FROM khata.dead_letter WHERE id = ANY ($1::text[])
  UNION
  SELECT l.id, l.consumer, l.lane, l.changed_at FROM unnest($2::text[], $3::text[]) AS k (consumer, lane)
  JOIN khata.dead_letter l ON l.consumer = k.consumer AND l.lane = k.lane`

/** The dead letters that some writes are about. */
export async function readLetters(connection: Connection, writes: readonly DeadLetterWrite[]): Promise<Facts['letters']> {
  if (writes.length === 0) return []
  const letters = writes.flatMap((write) => ('letter' in write ? [write.letter] : []))
  const ids = [...letters.map(({ id }) => id), ...writes.flatMap((write) => ('remove' in write ? [write.remove] : []))]
  const rows = await connection.query<[string, string, string, number]>(readLettersText, [
    textArray(ids),
    textArray(letters.map(({ consumer }) => consumer)),
    textArray(letters.map(({ lane }) => lane)),
  ])
  return rows.map(([id, consumer, lane, changedAt]) => ({ id, consumer, lane, changedAt }))
}

/** When the timers are due that some writes use up. */
export async function readTimers(connection: Connection, writes: readonly TimerWrite[]): Promise<Map<string, number>> {
  const ids = writes.flatMap((write) => ('fired' in write ? [write.fired] : []))
  if (ids.length === 0) return new Map()
  const text = 'SELECT id, due_at FROM khata.timer WHERE id = ANY ($1::text[])'
  return new Map(await connection.query<[string, number]>(text, [textArray(ids)]))
}

/** The states of the consumers that some writes are about. */
export async function readConsumers(
  connection: Connection,
  writes: readonly ConsumerWrite[],
): Promise<Map<string, ConsumerState['state']>> {
  if (writes.length === 0) return new Map()
  const text = 'SELECT name, state FROM khata.consumer WHERE name = ANY ($1::text[])'
  const names = textArray(writes.map(({ consumer }) => consumer.name))
  return new Map(await connection.query<[string, ConsumerState['state']]>(text, [names]))
}

function letterIsStale(ledger: Ledger, write: DeadLetterWrite): boolean {
  if ('remove' in write) return ledger.letters.get(ledger.lanes.get(write.remove) ?? '')?.changedAt !== write.expected
  return (ledger.letters.get(laneKey(write.letter))?.changedAt ?? null) !== write.expected
}

/** What of the reactions of a commit is not as its maker thought; null when all is. */
export function staleReaction(ledger: Ledger, commit: Reactions): string | null {
  for (const write of commit.deadLetters ?? []) {
    if (letterIsStale(ledger, write)) return `dead letter ${'remove' in write ? write.remove : write.letter.id}`
  }
  for (const write of commit.timers ?? []) {
    if ('fired' in write && ledger.timers.get(write.fired) !== write.dueAt) return 'timer'
  }
  for (const { consumer, expected } of commit.consumers ?? []) {
    if ((ledger.consumers.get(consumer.name) ?? null) !== expected) return `consumer ${consumer.name}`
  }
  return null
}

const writeLetter = `INSERT INTO khata.dead_letter (id, consumer, lane, position, event_id, event_type, state, error, stack,
    attempts, code_version, correction, parked_at, changed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  ON CONFLICT (id) DO UPDATE SET position = excluded.position, event_id = excluded.event_id,
    event_type = excluded.event_type, state = excluded.state, error = excluded.error, stack = excluded.stack,
    attempts = excluded.attempts, code_version = excluded.code_version, correction = excluded.correction,
    changed_at = excluded.changed_at`

function placeLetter(ledger: Ledger, write: DeadLetterWrite): void {
  if ('remove' in write) {
    ledger.letters.delete(ledger.lanes.get(write.remove) ?? '')
    ledger.lanes.delete(write.remove)
    ledger.writes.others.push(['DELETE FROM khata.dead_letter WHERE id = $1', [write.remove]])
    return
  }
  const l: DeadLetter = write.letter
  ledger.letters.set(laneKey(l), l)
  ledger.lanes.set(l.id, laneKey(l))
  const start = [l.id, l.consumer, l.lane, l.position, l.eventId, l.eventType, l.state, l.error, l.stack]
  const values = [...start, l.attempts, l.codeVersion, l.correction, l.parkedAt, l.changedAt]
  ledger.writes.others.push([writeLetter, values])
}

const setTimer = `INSERT INTO khata.timer (id, consumer, due_at, body) VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO UPDATE SET consumer = excluded.consumer, due_at = excluded.due_at, body = excluded.body`

function placeTimer(ledger: Ledger, write: TimerWrite): void {
  if ('set' in write) {
    const { id, consumer, dueAt, body } = write.set
    ledger.timers.set(id, dueAt)
    ledger.writes.others.push([setTimer, [id, consumer, dueAt, body]])
    return
  }
  const id = 'cancel' in write ? write.cancel : write.fired
  ledger.timers.delete(id)
  ledger.writes.others.push(['DELETE FROM khata.timer WHERE id = $1', [id]])
}

const setConsumer = `INSERT INTO khata.consumer (name, state, reason, changed_at) VALUES ($1, $2, $3, $4)
  ON CONFLICT (name) DO UPDATE SET state = excluded.state, reason = excluded.reason, changed_at = excluded.changed_at`

const addNote = `INSERT INTO khata.note (id, at, kind, consumer, event_id, principal, detail)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`

function placeNote(ledger: Ledger, note: Note): void {
  const values = [note.id, note.at, note.kind, note.consumer, note.eventId, note.principal, note.detail]
  ledger.writes.others.push([addNote, values])
}

/** Takes the dead letters, timers, consumers and notes of a commit. */
export function placeReactions(ledger: Ledger, commit: Reactions): void {
  for (const write of commit.deadLetters ?? []) placeLetter(ledger, write)
  for (const write of commit.timers ?? []) placeTimer(ledger, write)
  for (const { consumer } of commit.consumers ?? []) {
    ledger.consumers.set(consumer.name, consumer.state)
    const values = [consumer.name, consumer.state, consumer.reason, consumer.changedAt]
    ledger.writes.others.push([setConsumer, values])
  }
  for (const note of commit.notes ?? []) placeNote(ledger, note)
}
