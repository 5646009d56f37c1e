import type { SnapshotWrite } from '../ports/work-store.ts'
import { bigintArray, integerArray, jsonArray, textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'

/** Takes snapshots; of several with one key the newest stays. */
export function placeSnapshots(ledger: Ledger, snapshots: readonly SnapshotWrite[]): void {
  for (const snapshot of snapshots) {
    const { category, streamId, stateVersion, fingerprint } = snapshot
    const key = [category, streamId, stateVersion, fingerprint].join('\u0000')
    const before = ledger.writes.snapshots.get(key)
    if (!before || before.version <= snapshot.version) ledger.writes.snapshots.set(key, snapshot)
  }
}

const write = `INSERT INTO khata.snapshot AS stored
    (category, stream_id, state_version, fingerprint, version, event_id, state)
  SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::bigint[], $6::text[], $7::json[])
  ON CONFLICT (tenant, category, stream_id, state_version, fingerprint) DO UPDATE SET
    version = excluded.version, event_id = excluded.event_id, state = excluded.state
  WHERE excluded.version >= stored.version`

/** Stores snapshots; one that is older than the stored one is passed over. */
export function writeSnapshots(connection: Connection, ledger: Ledger): Promise<unknown>[] {
  const list = [...ledger.writes.snapshots.values()]
  if (list.length === 0) return []
  const values = [
    textArray(list.map(({ category }) => category)),
    textArray(list.map(({ streamId }) => streamId)),
    integerArray(list.map(({ stateVersion }) => stateVersion)),
    textArray(list.map(({ fingerprint }) => fingerprint)),
    bigintArray(list.map(({ version }) => version)),
    textArray(list.map(({ eventId }) => eventId)),
    jsonArray(list.map(({ state }) => state)),
  ]
  return [connection.query(write, values)]
}
