import type { SQLInputValue } from 'node:sqlite'
import type { ConsumerState, DeadLetter, Note, ReactionStore, Timer } from '../ports/reaction-store.ts'
import type { Connection } from './connection.ts'
import type { Reader } from './reader.ts'

/** A condition with its values; null when it was not asked for. */
type Condition = readonly [text: string, ...values: SQLInputValue[]] | null

/** Conditions with their values. */
function conditions(parts: readonly Condition[]) {
  const given = parts.filter((part) => part !== null)
  return {
    where: given.length === 0 ? '' : `WHERE ${given.map(([text]) => text).join(' AND ')}`,
    values: given.flatMap(([, ...values]) => values),
  }
}

/** A condition that a column has one of some values. */
function oneOf(column: string, values: readonly string[] | undefined): Condition {
  return values ? [`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(values)] : null
}

function rows<Row>(connection: Connection, text: string, values: readonly SQLInputValue[]): Row[] {
  return connection.sql(text).all(...values) as unknown as Row[]
}

const letterColumns = `id, consumer, lane, position, event_id, event_type, state, error, stack, attempts, code_version,
  correction, parked_at, changed_at`

type LetterRow = [
  string,
  string,
  string,
  number,
  string,
  string,
  DeadLetter['state'],
  string,
  string | null,
  number,
  string | null,
  string | null,
  number,
  number,
]

function letterOf(row: LetterRow): DeadLetter {
  const [
    id,
    consumer,
    lane,
    position,
    eventId,
    eventType,
    state,
    error,
    stack,
    attempts,
    codeVersion,
    correction,
    parkedAt,
    changedAt,
  ] = row
  return {
    id,
    consumer,
    lane,
    position,
    eventId,
    eventType,
    state,
    error,
    stack,
    attempts,
    codeVersion,
    correction,
    parkedAt,
    changedAt,
  }
}

type NoteRow = [string, number, string, string | null, string | null, string | null, string]

function noteOf([id, at, kind, consumer, eventId, principal, detail]: NoteRow): Note {
  return { id, at, kind, consumer, eventId, principal, detail }
}

/** Dead letters, timers, consumers and notes, read on this thread. */
export function reactionStore(reader: Reader): ReactionStore {
  return {
    deadLetters: (range) =>
      reader.read((connection) => {
        const { where, values } = conditions([
          oneOf('id', range.ids),
          range.consumer === undefined ? null : ['consumer = ?', range.consumer],
          oneOf('lane', range.lanes),
          range.state === undefined ? null : ['state = ?', range.state],
          range.after === undefined ? null : ['id > ?', range.after],
        ])
        // Those of some lanes are few: the sign keeps SQLite from walking all of the consumer's to save the sorting.
        const text = `SELECT ${letterColumns} FROM dead_letter ${where} ORDER BY ${range.lanes ? '+' : ''}id LIMIT ?`
        return rows<LetterRow>(connection, text, [...values, range.limit]).map(letterOf)
      }),
    deadLetterCounts: () =>
      reader.read((connection) =>
        rows<[string, DeadLetter['state'], number, number]>(
          connection,
          'SELECT consumer, state, count(*), min(parked_at) FROM dead_letter GROUP BY consumer, state ORDER BY consumer, state',
          [],
        ).map(([consumer, state, count, oldestAt]) => ({ consumer, state, count, oldestAt })),
      ),
    timers: (range) =>
      reader.read((connection) => {
        const { where, values } = conditions([
          range.dueBy === undefined ? null : ['due_at <= ?', range.dueBy],
          range.consumer === undefined ? null : ['consumer = ?', range.consumer],
          range.id === undefined ? null : ['id = ?', range.id],
        ])
        const text = `SELECT id, consumer, due_at, body FROM timer ${where} ORDER BY due_at, id LIMIT ?`
        return rows<[string, string, number, string]>(connection, text, [...values, range.limit]).map(
          ([id, consumer, dueAt, body]): Timer => ({ id, consumer, dueAt, body }),
        )
      }),
    consumers: () =>
      reader.read((connection) =>
        rows<[string, ConsumerState['state'], string | null, number]>(
          connection,
          'SELECT name, state, reason, changed_at FROM consumer ORDER BY name',
          [],
        ).map(([name, state, reason, changedAt]) => ({ name, state, reason, changedAt })),
      ),
    notes: (range) =>
      reader.read((connection) => {
        const { eventIds, kinds, consumer, limit } = range
        const ofConsumer: Condition = consumer === undefined ? null : ['consumer = ?', consumer]
        const read = (given: readonly Condition[], order: string): Note[] => {
          const { where, values } = conditions(given)
          const text = `SELECT id, at, kind, consumer, event_id, principal, detail FROM note ${where} ORDER BY ${order} LIMIT ?`
          return rows<NoteRow>(connection, text, [...values, limit]).map(noteOf)
        }
        if (eventIds) return read([oneOf('event_id', eventIds), oneOf('kind', kinds), ofConsumer], 'id')
        if (!kinds) return read([ofConsumer], 'id DESC')
        // The newest of each kind are a range of the index each.
        const newest = [...new Set(kinds)].flatMap((kind) => read([['kind = ?', kind], ofConsumer], 'id DESC'))
        return newest.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, limit)
      }),
  }
}
