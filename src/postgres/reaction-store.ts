import type { ConsumerState, DeadLetter, Note, ReactionStore, Timer } from '../ports/reaction-store.ts'
import { textArray } from './binary-arrays.ts'
import { type Parameters, parameters } from './document-filter.ts'
import type { Reader } from './reader.ts'

function whereSql(conditions: readonly (string | null)[]): string {
  const given = conditions.filter((condition) => condition !== null)
  return given.length === 0 ? '' : `WHERE ${given.join(' AND ')}`
}

/** A condition that a column compares with a text or number; null when that was not asked for. */
function compared(given: Parameters, test: string, value: string | number | undefined): string | null {
  if (value === undefined) return null
  return `${test} ${given.add(value, typeof value === 'number' ? 'bigint' : 'text')}`
}

/** A condition that a column has one of some values. */
function oneOf(given: Parameters, column: string, values: readonly string[] | undefined): string | null {
  return values ? `${column} = ANY (${given.add(textArray(values), 'text[]')})` : null
}

const letterColumns = `id, consumer, lane, position, event_id, event_type, state, error, stack, attempts, code_version,
  correction, parked_at, changed_at`

type LetterRow = [
  id: string,
  consumer: string,
  lane: string,
  position: number,
  eventId: string,
  eventType: string,
  state: DeadLetter['state'],
  error: string,
  stack: string | null,
  attempts: number,
  codeVersion: string | null,
  correction: string | null,
  parkedAt: number,
  changedAt: number,
]

function letterOf(row: LetterRow): DeadLetter {
  const [id, consumer, lane, position, eventId, eventType, state, error, stack, attempts, ...rest] = row
  const [codeVersion, correction, parkedAt, changedAt] = rest
  const place = { id, consumer, lane, position, eventId, eventType, state }
  return { ...place, error, stack, attempts, codeVersion, correction, parkedAt, changedAt }
}

type NoteRange = ReactionStore['notes'] extends (range: infer Range) => unknown ? Range : never
const noteColumns = 'n.id, n.at, n.kind, n.consumer, n.event_id, n.principal, n.detail'

type NoteRow = [string, number, string, string | null, string | null, string | null, string]

function noteOf([id, at, kind, consumer, eventId, principal, detail]: NoteRow): Note {
  return { id, at, kind, consumer, eventId, principal, detail }
}

/** Notes of some events; or the newest of each kind, a range of the index each, of which the newest are taken; or of all. */
function notesSql(given: Parameters, { eventIds, kinds, consumer, limit }: NoteRange): string {
  const most = given.add(limit, 'bigint')
  const ofConsumer = compared(given, 'consumer =', consumer)
  if (eventIds) {
    const where = whereSql([oneOf(given, 'event_id', eventIds), oneOf(given, 'kind', kinds), ofConsumer])
    return `SELECT ${noteColumns} FROM khata.note n ${where} ORDER BY id LIMIT ${most}`
  }
  if (!kinds) return `SELECT ${noteColumns} FROM khata.note n ${whereSql([ofConsumer])} ORDER BY id DESC LIMIT ${most}`
  return `SELECT ${noteColumns} FROM unnest(${given.add(textArray([...new Set(kinds)]), 'text[]')}) AS k (kind)
    CROSS JOIN LATERAL (
      SELECT * FROM khata.note n ${whereSql(['n.kind = k.kind', ofConsumer])} ORDER BY n.id DESC LIMIT ${most}) AS n
    ORDER BY n.id DESC LIMIT ${most}`
}

/** Dead letters, timers, consumers and notes. */
export function reactionStore(reader: Reader): ReactionStore {
  const rows = <Row extends readonly unknown[]>(text: string, given: Parameters): Promise<Row[]> =>
    reader.read((connection) => connection.query<Row>(text, given.values))
  return {
    deadLetters: async (range) => {
      const given = parameters()
      const where = whereSql([
        oneOf(given, 'id', range.ids),
        compared(given, 'consumer =', range.consumer),
        oneOf(given, 'lane', range.lanes),
        compared(given, 'state =', range.state),
        compared(given, 'id >', range.after),
      ])
      const limit = given.add(range.limit, 'bigint')
      const text = `SELECT ${letterColumns} FROM khata.dead_letter ${where} ORDER BY id LIMIT ${limit}`
      return (await rows<LetterRow>(text, given)).map(letterOf)
    },
    deadLetterCounts: async () => {
      const text = `SELECT consumer, state, count(*), min(parked_at) FROM khata.dead_letter
        GROUP BY consumer, state ORDER BY consumer, state COLLATE "C"`
      const found = await rows<[string, DeadLetter['state'], number, number]>(text, parameters())
      return found.map(([consumer, state, count, oldestAt]) => ({ consumer, state, count, oldestAt }))
    },
    timers: async (range) => {
      const given = parameters()
      const where = whereSql([
        compared(given, 'due_at <=', range.dueBy),
        compared(given, 'consumer =', range.consumer),
        compared(given, 'id =', range.id),
      ])
      const limit = given.add(range.limit, 'bigint')
      const text = `SELECT id, consumer, due_at, body FROM khata.timer ${where} ORDER BY due_at, id LIMIT ${limit}`
      const found = await rows<[string, string, number, string]>(text, given)
      return found.map(([id, consumer, dueAt, body]): Timer => ({ id, consumer, dueAt, body }))
    },
    consumers: async () => {
      const text = 'SELECT name, state, reason, changed_at FROM khata.consumer ORDER BY name'
      const found = await rows<[string, ConsumerState['state'], string | null, number]>(text, parameters())
      return found.map(([name, state, reason, changedAt]) => ({ name, state, reason, changedAt }))
    },
    notes: async (range) => {
      const given = parameters()
      const text = notesSql(given, range)
      return (await rows<NoteRow>(text, given)).map(noteOf)
    },
  }
}
