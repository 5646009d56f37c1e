import type { ConflictClause } from '../model/error.ts'
import type { Commit } from '../ports/event-store.ts'
import { textArray } from './binary-arrays.ts'
import { conditionFails } from './conditions.ts'
import type { Connection } from './connection.ts'
import { type Ledger, streamKey } from './ledger.ts'

/** Which clause of a commit did not hold. */
export interface Refused {
  readonly clause: ConflictClause
  readonly append?: number
  readonly condition?: number
  readonly actual?: number
}

/** The name of a stream. */
export interface StreamName {
  readonly category: string
  readonly streamId: string
}

const read = `SELECT s.number, (
    SELECT max(e.version) FROM khata.event e WHERE e.tenant = '' AND e.category = s.category AND e.stream_id = s.stream_id)
  FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS s (category, stream_id, number)`

/** The versions of some streams, by {@link streamKey}; streams that are not there have none. */
export async function readVersions(
  connection: Connection,
  streams: ReadonlyMap<string, StreamName>,
): Promise<Map<string, number>> {
  if (streams.size === 0) return new Map()
  const names = [...streams.values()]
  const values = [textArray(names.map(({ category }) => category)), textArray(names.map(({ streamId }) => streamId))]
  const rows = await connection.query<[number, number | null]>(read, values)
  const keys = [...streams.keys()]
  return new Map(rows.flatMap(([number, version]) => (version === null ? [] : [[keys[number - 1] ?? '', version] as const])))
}

/** The version of a stream as the running transaction sees it; 0 when there is none. */
export function versionIn(ledger: Ledger, category: string, streamId: string): number {
  return ledger.versions.get(streamKey(category, streamId)) ?? 0
}

/** The first expected version or condition that does not hold. */
export function refusedBy(ledger: Ledger, commit: Commit, versions: readonly number[]): Refused | null {
  for (const [index, append] of (commit.appends ?? []).entries()) {
    const actual = versions[index] ?? 0
    if (append.expected !== null && append.expected !== actual) return { clause: 'moved-on', append: index, actual }
  }
  for (const [index, condition] of (commit.conditions ?? []).entries()) {
    if (conditionFails(ledger, condition)) return { clause: condition.clause, condition: index }
  }
  return null
}
