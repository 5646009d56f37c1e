import type { ConflictClause } from '../model/error.ts'
import type { Commit, Condition, StreamAppend } from '../ports/event-store.ts'
import { anyEventMatches } from './event-query.ts'
import type { HeldEnd, Session } from './session.ts'

/** Which clause of a commit did not hold. */
export interface Refused {
  readonly clause: ConflictClause
  readonly append?: number
  readonly condition?: number
  readonly actual?: number
}

const endOf = "SELECT version, position FROM stream WHERE tenant = '' AND category = ? AND stream_id = ?"

/** Streams whose ends are kept in memory; more start anew. */
const keptEnds = 50_000

/** Where a stream ends, to be changed when events are written to it. */
export function heldEnd(session: Session, category: string, streamId: string): HeldEnd {
  // No name or id holds U+0000.
  const key = `${category}\u0000${streamId}`
  const kept = session.ends.get(key)
  if (kept) return kept
  const end = session.sql(endOf).get(category, streamId) as unknown as [version: number, position: number | null] | undefined
  const held = { version: end?.[0] ?? 0, position: end?.[1] ?? null }
  if (session.ends.size >= keptEnds) session.ends.clear()
  session.ends.set(key, held)
  return held
}

function movedOn(appends: readonly StreamAppend[], ends: readonly HeldEnd[]): Refused | null {
  for (let index = 0; index < appends.length; index++) {
    const expected = appends[index]?.expected ?? null
    const actual = ends[index]?.version ?? 0
    if (expected !== null && expected !== actual) return { clause: 'moved-on', append: index, actual }
  }
  return null
}

/** Whether an event fails a condition, or it was decided on events that are not there any more. */
function conditionFails(session: Session, { query, after }: Condition): boolean {
  if (after > session.head) return query.length > 0
  return after < session.head && anyEventMatches(session, query, after)
}

/** The first expected version or condition that does not hold. */
export function refusedBy(session: Session, commit: Commit, ends: readonly HeldEnd[]): Refused | null {
  const moved = commit.appends ? movedOn(commit.appends, ends) : null
  if (moved || !commit.conditions) return moved
  for (const [index, condition] of commit.conditions.entries()) {
    if (conditionFails(session, condition)) {
      return { clause: condition.clause, condition: index }
    }
  }
  return null
}
