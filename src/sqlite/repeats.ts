import type { Commit, CommitOutcome } from '../ports/event-store.ts'
import type { Session } from './session.ts'

const placeOf = 'SELECT position, category, stream_id, version, recorded_at FROM event WHERE id = ?'

type Place = [position: number, category: string, streamId: string, version: number, recordedAt: number]

/**
 * The answer to a commit that was made before: its places when all its events are there in one piece; `already-done` when
 * some are there in another way; null when none is.
 */
export function repeated(session: Session, commit: Commit): CommitOutcome | null {
  const statement = session.sql(placeOf)
  const versions: number[] = []
  let first = 0
  let next = 0
  let recordedAt = 0
  let known = 0
  let whole = true
  for (const append of commit.appends ?? []) {
    let version = append.expected ?? 0
    for (const event of append.events) {
      const place = statement.get(event.id) as unknown as Place | undefined
      if (!place) {
        whole = false
        continue
      }
      known++
      if (first === 0) first = next = place[0]
      const inOrder = place[0] === next && place[1] === append.category && place[2] === append.streamId
      if (!inOrder) whole = false
      next++
      version = place[3]
      recordedAt = place[4]
    }
    versions.push(version)
  }
  if (known === 0) return null
  if (!whole) return { outcome: 'conflict', clause: 'already-done' }
  const inline = (commit.inline ?? []).map(() => false)
  return { outcome: 'committed', first, last: next - 1, recordedAt, versions, inline }
}
