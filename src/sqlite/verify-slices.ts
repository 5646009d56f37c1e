import type { SQLInputValue } from 'node:sqlite'
import { isMark } from '../ports/marks.ts'
import type { Connection } from './connection.ts'
import { headPosition } from './read-log.ts'

/** How far a verification is, in rows that were looked at and rows that are known of. */
export interface VerifyProgress {
  readonly done: number
  readonly total: number
}

/** Rows looked at in one go. */
const slice = 2_000
/** Findings that are reported; more would tell nobody more. */
const findingLimit = 100

/** Questions about the events of a slice of positions; each row of an answer is something that cannot be. */
const questions: readonly { readonly text: string; readonly finding: (place: string) => string }[] = [
  {
    text: `SELECT position FROM event WHERE position BETWEEN ? AND ?
      AND position > 1 AND NOT EXISTS (SELECT 1 FROM event AS ahead WHERE ahead.position = event.position - 1)`,
    finding: (place) => `position ${place} has none ahead of it: a gap`,
  },
  {
    text: `SELECT position FROM event WHERE position BETWEEN ? AND ?
      AND recorded_at < (SELECT recorded_at FROM event AS ahead WHERE ahead.position = event.position - 1)`,
    finding: (place) => `position ${place} was recorded before the one ahead of it`,
  },
  {
    text: `SELECT position || ' (' || category || '/' || stream_id || ', version ' || version || ')' FROM event
      WHERE position BETWEEN ? AND ? AND (version < 1 OR version = 1 AND previous IS NOT NULL OR version > 1 AND NOT EXISTS (
        SELECT 1 FROM event AS ahead WHERE ahead.position = event.previous AND ahead.position < event.position
          AND ahead.tenant = event.tenant AND ahead.category = event.category AND ahead.stream_id = event.stream_id
          AND ahead.version = event.version - 1))`,
    finding: (place) => `position ${place} does not follow the version ahead of it`,
  },
  {
    text: `SELECT position FROM event WHERE position BETWEEN ? AND ?
      AND position IS NOT (SELECT position FROM event AS found WHERE found.id = event.id)`,
    finding: (place) => `position ${place} is not found by its id`,
  },
  {
    text: `SELECT position || ' (' || tag.value || ')' FROM event, json_each(event.tags) AS tag
      WHERE event.position BETWEEN ? AND ? AND event.tags IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM event_tag WHERE event_tag.tag = tag.value AND event_tag.position = event.position)`,
    finding: (place) => `position ${place} is not found by its tag`,
  },
  {
    text: `SELECT position || ' (' || category || ', ' || type || ')' FROM event WHERE position BETWEEN ? AND ?
      AND NOT EXISTS (SELECT 1 FROM event_kind AS kind WHERE kind.category = event.category AND kind.type = event.type)`,
    finding: (place) => `position ${place} is of a kind that is not listed`,
  },
]

/** A table that points into the log, a page of its rows at a time: the key to go on after, what a row says, whether it is so. */
interface Pointers {
  readonly table: string
  readonly text: string
  readonly start: readonly SQLInputValue[]
  readonly finding: (what: string) => string
}

const streamThere = (table: string): string => `EXISTS (SELECT 1 FROM event WHERE event.position = ${table}.position
  AND event.tenant = ${table}.tenant AND event.category = ${table}.category AND event.stream_id = ${table}.stream_id
  AND event.version = ${table}.version)`

const pointers: readonly Pointers[] = [
  {
    table: 'event_tag',
    text: `SELECT tag || ' points at ' || position, EXISTS (
        SELECT 1 FROM event, json_each(event.tags) AS named WHERE event.position = event_tag.position AND named.value = event_tag.tag),
        tag, position
      FROM event_tag WHERE (tag, position) > (?, ?) ORDER BY tag, position LIMIT ${slice}`,
    start: ['', 0],
    finding: (what) => `the tag ${what}, which has none such`,
  },
  {
    table: 'stream',
    text: `SELECT category || '/' || stream_id || ' ends with version ' || version || ' at ' || coalesce(position, 'no position'),
        ${streamThere('stream')}, category, stream_id
      FROM stream WHERE tenant = '' AND (category, stream_id) > (?, ?) ORDER BY category, stream_id LIMIT ${slice}`,
    start: ['', ''],
    finding: (what) => `the stream ${what}, where it is not`,
  },
  {
    table: 'stream_mark',
    text: `SELECT category || '/' || stream_id || ' points at ' || position || ' for version ' || version,
        ${streamThere('stream_mark')}, category, stream_id, version
      FROM stream_mark WHERE tenant = '' AND (category, stream_id, version) > (?, ?, ?)
      ORDER BY category, stream_id, version LIMIT ${slice}`,
    start: ['', '', 0],
    finding: (what) => `the mark of ${what}, where it is not`,
  },
]

function ask(connection: Connection, text: string, ...values: SQLInputValue[]): string[] {
  return (connection.sql(text).all(...values) as unknown as [string | number][]).map(([place]) => String(place))
}

/** What holds for the store as a whole. */
function wholeStore(connection: Connection): string[] {
  const structure = ask(connection, 'PRAGMA quick_check').filter((line) => line !== 'ok')
  const kinds = ask(
    connection,
    `SELECT category || ', ' || type FROM event_kind AS kind
      WHERE NOT EXISTS (SELECT 1 FROM event WHERE event.category = kind.category AND event.type = kind.type)`,
  )
  const ahead = ask(
    connection,
    `SELECT consumer || '/' || shard || ' (' || position || ')' FROM checkpoint
      WHERE position > (SELECT coalesce(max(position), 0) FROM event)`,
  )
  const [reached, events] = connection
    .sql('SELECT (SELECT coalesce(sum(version), 0) FROM stream), (SELECT coalesce(max(position), 0) FROM event)')
    .get() as unknown as [number, number]
  return [
    ...structure.map((line) => `the file: ${line}`),
    ...(reached === events ? [] : [`the streams lead to ${reached} events, but the log has ${events}`]),
    ...kinds.map((kind) => `a kind without events is listed: ${kind}`),
    ...ahead.filter((checkpoint) => !isMark(checkpoint)).map((checkpoint) => `a checkpoint is ahead of the log: ${checkpoint}`),
  ]
}

/**
 * Looks for what cannot be, a slice at a time, so that others may work in between: gaps, versions out of order, ids, tags,
 * kinds and streams that do not agree with their events, damage of the file. Returns at most 100 findings.
 */
export function* verifySlices(connection: Connection): Generator<VerifyProgress, readonly string[]> {
  const head = headPosition(connection)
  const rows = pointers.map(({ table }) => connection.sql(`SELECT count(*) FROM ${table}`).get() as unknown as [number])
  const total = Math.max(
    1,
    rows.reduce((sum, [count]) => sum + count, head),
  )
  const findings = wholeStore(connection)
  yield { done: 0, total }

  for (let from = 1; from <= head && findings.length < findingLimit; from += slice) {
    const to = Math.min(head, from + slice - 1)
    for (const { text, finding } of questions) findings.push(...ask(connection, text, from, to).map(finding))
    yield { done: to, total }
  }

  let looked = head
  for (const { text, start, finding } of pointers) {
    for (let after = start; findings.length < findingLimit; ) {
      const page = connection.sql(text).all(...after) as unknown as [what: string, there: number, ...key: SQLInputValue[]][]
      for (const [what, there] of page) if (!there) findings.push(finding(what))
      const last = page.at(-1)
      if (!last) break
      after = last.slice(2)
      looked += page.length
      yield { done: Math.min(looked, total), total }
    }
  }
  yield { done: total, total }
  return findings.slice(0, findingLimit)
}
