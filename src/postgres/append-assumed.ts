import { assumedHead, assumedVersion, timeOr } from './assumed-places.ts'
import { bigintArray, integerArray, textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import { type Known, newestSeen, stillThere } from './known.ts'
import { type Ledger, streamKey } from './ledger.ts'
import type { StreamName } from './stream-versions.ts'
import { columnsOf, givenColumns, givenParameters, tagColumns, writeKinds } from './write-events.ts'

/** Where the events of a transaction went that did not know: the head before, their time, the versions before. */
export interface Base {
  readonly head: number
  /** Milliseconds since 1970. */
  readonly recordedAt: number
  /** By stream, in the order of the needed streams; empty when they were known. */
  readonly versions: readonly number[]
  /** The id of the event at the head before; null: there was none, or nobody asked. */
  readonly ahead: string | null
}

const end = (versions: string): string => `SELECT coalesce(last.position, 0) AS head, last.id AS ahead,
      greatest(${timeOr('$13')}, last.recorded_at) AS recorded_at, ${versions}, khata.hold(${stillThere('$14', '$15')})`
const last = '(SELECT position, id, recorded_at FROM khata.event ORDER BY position DESC LIMIT 1) AS last'

const shared = `n.id, n.category, n.stream_id, n.type, n.schema_version, n.occurred_at, n.command_id, n.correlation_id, n.tags,
      n.metadata, n.data`

/** The events' tags, whose parameters come last. */
const withTags = (first: number): string => `, tagged AS (
    INSERT INTO khata.event_tag (tag, position)
    SELECT t.tag, base.head + t.position - ${assumedHead}
    FROM base CROSS JOIN unnest($${first}::text[], $${first + 1}::bigint[]) AS t (tag, position)
  )`

// Each version ahead is known to be there in the log that was seen, so the unique index is the whole check.
const afterKnown = (tagged: string): string => `WITH base AS MATERIALIZED (
    ${end('NULL AS versions')} FROM (VALUES (1)) AS one LEFT JOIN ${last} ON true
  ), written AS (
    INSERT INTO khata.event (${givenColumns}, version, recorded_at)
    SELECT base.head + n.position - ${assumedHead}, ${shared}, n.version, base.recorded_at
    FROM base CROSS JOIN unnest(${givenParameters}, $16::bigint[]) AS n (${givenColumns}, version)
  )${tagged}
  SELECT head, recorded_at, versions, ahead FROM base`

// The versions go as an array that each event's stream is a place in: a join of two lists would be a nested loop.
const afterLooking = (tagged: string): string => `WITH stream AS MATERIALIZED (
    SELECT s.number, s.expected, coalesce((
      SELECT max(e.version) FROM khata.event e WHERE e.tenant = '' AND e.category = s.category AND e.stream_id = s.stream_id),
      0) AS version
    FROM unnest($18::text[], $19::text[], $20::bigint[]) WITH ORDINALITY AS s (category, stream_id, expected, number)
  ), streams AS MATERIALIZED (
    SELECT array_agg(version ORDER BY number) AS versions, khata.hold(bool_and(expected IS NULL OR expected = version))
    FROM stream
  ), base AS MATERIALIZED (
    ${end('streams.versions')} FROM streams LEFT JOIN ${last} ON true
  ), written AS (
    INSERT INTO khata.event (${givenColumns}, version, recorded_at)
    SELECT base.head + n.position - ${assumedHead}, ${shared}, base.versions[n.stream] + n.later, base.recorded_at
    FROM base CROSS JOIN unnest(${givenParameters}, $16::integer[], $17::integer[]) AS n (${givenColumns}, stream, later)
  )${tagged}
  SELECT head, recorded_at, array_to_json(versions), ahead FROM base`

const appendAfterKnown = { untagged: afterKnown(''), tagged: afterKnown(withTags(17)) }
const appendAfterLooking = { untagged: afterLooking(''), tagged: afterLooking(withTags(21)) }

type Row = [head: number, recordedAt: number, versions: string | null, ahead: string | null]

/** Whether every stream is written, and at a version that is known to be there. */
function allKnown({ facts, writes }: Ledger, streams: ReadonlyMap<string, StreamName>, known: Known): boolean {
  const written = new Set(writes.events.map(({ category, streamId }) => streamKey(category, streamId)))
  for (const key of streams.keys()) {
    const version = facts.versions.get(key) ?? assumedVersion
    if (!written.has(key) || !known.reached(key, version)) return false
  }
  return true
}

/**
 * Stores the events that were taken at assumed places, after the head that is there now, with their tags and kinds; ends the
 * transaction when a stream is not at the version that the facts assume.
 */
export function appendAssumed(
  connection: Connection,
  ledger: Ledger,
  streams: ReadonlyMap<string, StreamName>,
  known: Known,
): readonly [base: Promise<Base>, others: Promise<unknown>[]] {
  const { events } = ledger.writes
  const given = [...columnsOf(events), ledger.facts.now, ...newestSeen(known)]
  const tags = tagColumns(events)
  const kind = tags.length > 0 ? 'tagged' : 'untagged'
  const rows = allKnown(ledger, streams, known)
    ? connection.query<Row>(appendAfterKnown[kind], [...given, bigintArray(events.map(({ version }) => version)), ...tags])
    : connection.query<Row>(appendAfterLooking[kind], [...given, ...streamsOf(ledger, streams), ...tags])
  const base = rows.then(([row]) => {
    const [head = 0, recordedAt = 0, versions, ahead = null] = row ?? []
    return { head, recordedAt, versions: versions ? (JSON.parse(versions) as number[]) : [], ahead }
  })
  return [base, writeKinds(connection, events, known.kinds)]
}

/** For each event its stream's number and how far behind its version it is; then the streams with the versions assumed. */
function streamsOf({ facts, writes: { events } }: Ledger, streams: ReadonlyMap<string, StreamName>): Buffer[] {
  const numbers = new Map([...streams.keys()].map((key, index) => [key, index + 1]))
  const names = [...streams.values()]
  const assumed = [...streams.keys()].map((key) => facts.versions.get(key) ?? assumedVersion)
  const keys = events.map(({ category, streamId }) => streamKey(category, streamId))
  return [
    integerArray(keys.map((key) => numbers.get(key) ?? 0)),
    integerArray(events.map(({ version }, index) => version - (facts.versions.get(keys[index] ?? '') ?? 0))),
    textArray(names.map(({ category }) => category)),
    textArray(names.map(({ streamId }) => streamId)),
    bigintArray(assumed.map((version) => (version === assumedVersion ? null : version))),
  ]
}
