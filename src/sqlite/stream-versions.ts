import type { ConflictClause } from '../model/error.ts'
import type { Commit, StreamAppend } from '../ports/event-store.ts'
import { anyEventMatches } from './event-query.ts'
import type { HeldVersion, Session } from './session.ts'

/** Which clause of a commit did not hold. */
export interface Refused {
  readonly clause: ConflictClause
  readonly append?: number
  readonly condition?: number
  readonly actual?: number
}

const versionOf = "SELECT max(version) FROM event WHERE tenant = '' AND category = ? AND stream_id = ?"

/** Streams whose versions are kept in memory; more start anew. */
const keptVersions = 50_000

/** The version of a stream, to be changed when events are written to it. */
export function heldVersion(session: Session, category: string, streamId: string): HeldVersion {
  // No name or id holds U+0000.
  const key = `${category}\u0000${streamId}`
  const kept = session.versions.get(key)
  if (kept) return kept
  const [version] = session.sql(versionOf).get(category, streamId) as unknown as [number | null]
  const held = { version: version ?? 0 }
  if (session.versions.size >= keptVersions) session.versions.clear()
  session.versions.set(key, held)
  return held
}

function movedOn(appends: readonly StreamAppend[], versions: readonly HeldVersion[]): Refused | null {
  for (let index = 0; index < appends.length; index++) {
    const expected = appends[index]?.expected ?? null
    const actual = versions[index]?.version ?? 0
    if (expected !== null && expected !== actual) return { clause: 'moved-on', append: index, actual }
  }
  return null
}

/** The first expected version or condition that does not hold. */
export function refusedBy(session: Session, commit: Commit, versions: readonly HeldVersion[]): Refused | null {
  const moved = commit.appends ? movedOn(commit.appends, versions) : null
  if (moved || !commit.conditions) return moved
  for (const [index, condition] of commit.conditions.entries()) {
    if (condition.after < session.head && anyEventMatches(session, condition.query, condition.after)) {
      return { clause: condition.clause, condition: index }
    }
  }
  return null
}
