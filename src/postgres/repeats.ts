import type { Commit, CommitOutcome } from '../ports/event-store.ts'
import { isUuid } from '../ports/is-uuid.ts'
import { uuidArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import type { Ledger, Place } from './ledger.ts'

const read = `SELECT e.id, e.position, e.category, e.stream_id, e.version, e.recorded_at
  FROM khata.event e WHERE e.id = ANY ($1::uuid[])`

type Row = [id: string, position: number, category: string, streamId: string, version: number, recordedAt: number]

/** Where some events are, by id as it was given: the server answers all in lower case; null for those that are not in the store. */
export async function readPlaces(connection: Connection, ids: ReadonlySet<string>): Promise<Map<string, Place | null>> {
  const places = new Map<string, Place | null>([...ids].map((id) => [id, null]))
  const given = new Map([...ids].map((id) => [id.toLowerCase(), id]))
  const rows = await connection.query<Row>(read, [uuidArray([...ids].filter(isUuid))])
  for (const [id, position, category, streamId, version, recordedAt] of rows) {
    places.set(given.get(id) ?? id, { position, category, streamId, version, recordedAt })
  }
  return places
}

/** The ids of all events of a commit. */
export function idsOf(commit: Commit): string[] {
  return (commit.appends ?? []).flatMap(({ events }) => events.map(({ id }) => id))
}

/**
 * The answer to a commit that was made before: its places when all its events are there in one piece; `already-done` when
 * some are there in another way; null when none is. Ids that nobody looked up are noted, and the answer is then null.
 */
export function repeated(ledger: Ledger, commit: Commit): CommitOutcome | null {
  const versions: number[] = []
  let first = 0
  let next = 0
  let recordedAt = 0
  let known = 0
  let whole = true
  for (const append of commit.appends ?? []) {
    let version = append.expected ?? 0
    for (const event of append.events) {
      const place = placeIn(ledger, event.id)
      if (!place) {
        whole = false
        continue
      }
      known++
      if (first === 0) first = next = place.position
      const inOrder = place.position === next && place.category === append.category && place.streamId === append.streamId
      if (!inOrder) whole = false
      next++
      version = place.version
      recordedAt = place.recordedAt
    }
    versions.push(version)
  }
  if (known === 0) return null
  if (!whole) return { outcome: 'conflict', clause: 'already-done' }
  const inline = (commit.inline ?? []).map(() => false)
  return { outcome: 'committed', first, last: next - 1, recordedAt, versions, inline }
}

function placeIn(ledger: Ledger, id: string): Place | null {
  const stored = ledger.facts.places.get(id)
  if (stored) return stored
  if (stored === undefined) ledger.unknownIds.add(id)
  return ledger.writes.events.find((event) => event.id === id) ?? null
}
