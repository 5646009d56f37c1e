import type { SnapshotWrite } from '../ports/work-store.ts'
import type { Session } from './session.ts'

const write = `INSERT INTO snapshot (category, stream_id, state_version, fingerprint, version, event_id, state)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, category, stream_id, state_version, fingerprint) DO UPDATE SET
    version = excluded.version, event_id = excluded.event_id, state = excluded.state
  WHERE excluded.version >= version`

/** Stores snapshots; one that is older than the stored one is passed over. */
export function writeSnapshots(session: Session, snapshots: readonly SnapshotWrite[]): void {
  for (const s of snapshots) {
    session.sql(write).run(s.category, s.streamId, s.stateVersion, s.fingerprint, s.version, s.eventId, s.state)
  }
}
