import type { Commit } from '../ports/event-store.ts'
import type { ConsumerWrite, DeadLetterWrite, Note, TimerWrite } from '../ports/reaction-store.ts'
import type { Session } from './session.ts'

type Reactions = Pick<Commit, 'deadLetters' | 'timers' | 'consumers' | 'notes'>

function letterIsStale(session: Session, write: DeadLetterWrite): boolean {
  if ('remove' in write) {
    const row = session.sql('SELECT changed_at FROM dead_letter WHERE id = ?').get(write.remove) as unknown as
      | [number]
      | undefined
    return row?.[0] !== write.expected
  }
  const { consumer, lane } = write.letter
  const find = session.sql('SELECT changed_at FROM dead_letter WHERE consumer = ? AND lane = ?')
  const row = find.get(consumer, lane) as unknown as [number] | undefined
  return (row?.[0] ?? null) !== write.expected
}

function timerIsStale(session: Session, write: TimerWrite): boolean {
  if (!('fired' in write)) return false
  const row = session.sql('SELECT due_at FROM timer WHERE id = ?').get(write.fired) as unknown as [number] | undefined
  return row?.[0] !== write.dueAt
}

function consumerIsStale(session: Session, { consumer, expected }: ConsumerWrite): boolean {
  const row = session.sql('SELECT state FROM consumer WHERE name = ?').get(consumer.name) as unknown as [string] | undefined
  return (row?.[0] ?? null) !== expected
}

/** What of the reactions of a commit is not as its maker thought; null when all is. */
export function staleReaction(session: Session, commit: Reactions): string | null {
  for (const write of commit.deadLetters ?? []) {
    if (letterIsStale(session, write)) return `dead letter ${'remove' in write ? write.remove : write.letter.id}`
  }
  for (const write of commit.timers ?? []) if (timerIsStale(session, write)) return 'timer'
  for (const write of commit.consumers ?? []) if (consumerIsStale(session, write)) return `consumer ${write.consumer.name}`
  return null
}

const writeLetter = `INSERT INTO dead_letter (id, consumer, lane, position, event_id, event_type, state, error, stack,
    attempts, code_version, correction, parked_at, changed_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET position = excluded.position, event_id = excluded.event_id,
    event_type = excluded.event_type, state = excluded.state, error = excluded.error, stack = excluded.stack,
    attempts = excluded.attempts, code_version = excluded.code_version, correction = excluded.correction,
    changed_at = excluded.changed_at`

function writeDeadLetter(session: Session, write: DeadLetterWrite): void {
  if ('remove' in write) {
    session.sql('DELETE FROM dead_letter WHERE id = ?').run(write.remove)
    return
  }
  const l = write.letter
  session
    .sql(writeLetter)
    .run(
      l.id,
      l.consumer,
      l.lane,
      l.position,
      l.eventId,
      l.eventType,
      l.state,
      l.error,
      l.stack,
      l.attempts,
      l.codeVersion,
      l.correction,
      l.parkedAt,
      l.changedAt,
    )
}

const setTimer = `INSERT INTO timer (id, consumer, due_at, body) VALUES (?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET consumer = excluded.consumer, due_at = excluded.due_at, body = excluded.body`

function writeTimer(session: Session, write: TimerWrite): void {
  if ('set' in write) session.sql(setTimer).run(write.set.id, write.set.consumer, write.set.dueAt, write.set.body)
  else session.sql('DELETE FROM timer WHERE id = ?').run('cancel' in write ? write.cancel : write.fired)
}

const setConsumer = `INSERT INTO consumer (name, state, reason, changed_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET state = excluded.state, reason = excluded.reason, changed_at = excluded.changed_at`

function writeNote(session: Session, note: Note): void {
  session
    .sql('INSERT OR IGNORE INTO note (id, at, kind, consumer, event_id, principal, detail) VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(note.id, note.at, note.kind, note.consumer, note.eventId, note.principal, note.detail)
}

/** Writes the dead letters, timers, consumers and notes of a commit. */
export function writeReactions(session: Session, commit: Reactions): void {
  for (const write of commit.deadLetters ?? []) writeDeadLetter(session, write)
  for (const write of commit.timers ?? []) writeTimer(session, write)
  for (const { consumer } of commit.consumers ?? []) {
    session.sql(setConsumer).run(consumer.name, consumer.state, consumer.reason, consumer.changedAt)
  }
  for (const note of commit.notes ?? []) writeNote(session, note)
}
