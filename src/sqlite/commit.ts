import type { Commit, CommitOutcome } from '../ports/event-store.ts'
import { checkCheckpoints, moveCheckpoint } from './checkpoints.ts'
import { seenCommand, writeCommand } from './command-keys.ts'
import { writeDocuments } from './documents.ts'
import { checkGenerations, writeGenerations } from './generations.ts'
import { checkInline, moveableInline, writeInline } from './inline.ts'
import { fencedLease } from './leases.ts'
import { staleReaction, writeReactions } from './reactions.ts'
import { repeated } from './repeats.ts'
import type { Session } from './session.ts'
import { writeSnapshots } from './snapshots.ts'
import { heldEnd, type Refused, refusedBy } from './stream-ends.ts'
import { writeEvents } from './write-events.ts'

type Lost = Exclude<CommitOutcome, { outcome: 'committed' }>

/** Whether no expected version could tell that the commit was made before. */
function unguarded(commit: Commit): boolean {
  let unguarded = false
  for (const { expected, events } of commit.appends ?? []) {
    if (events.length === 0) continue
    if (expected !== null) return false
    unguarded = true
  }
  return unguarded
}

/** What stands against a commit beside its streams and conditions. */
function standsAgainst(session: Session, commit: Commit, inline: readonly boolean[]): Lost | null {
  const moved = commit.inline ? checkInline(session, commit.inline, inline) : null
  if (moved) return { outcome: 'document-moved', ...moved }
  const stale =
    (commit.checkpoints ? checkCheckpoints(session, commit.checkpoints) : null) ??
    (commit.generations ? checkGenerations(session, commit.generations) : null) ??
    staleReaction(session, commit)
  return stale === null ? null : { outcome: 'stale', what: stale }
}

/**
 * Decides one commit and writes it, under the write lock. Every check comes before the first write.
 *
 * A commit whose answer was lost on the way is made again with the same event ids. Its streams or boundary have then
 * moved on because of itself, so a conflict is only answered after the ids were looked up. `careful`: look first.
 */
export function commit(session: Session, commit: Commit, now: number, careful: boolean): CommitOutcome {
  const fenced = commit.leases ? fencedLease(session, commit.leases) : null
  if (fenced !== null) return { outcome: 'fenced', lease: fenced }
  const seen = commit.command ? seenCommand(session, commit.command, now) : null
  if (seen) return seen

  const appends = commit.appends ?? []
  if (careful || unguarded(commit)) {
    const before = repeated(session, commit)
    if (before) return before
  }
  const ends = appends.map(({ category, streamId }) => heldEnd(session, category, streamId))
  const refused: Refused | null = refusedBy(session, commit, ends)
  if (refused) return repeated(session, commit) ?? { outcome: 'conflict', ...refused }

  const before = session.head
  const writes = appends.some((append) => append.events.length > 0)
  const inline = (commit.inline ?? []).map((view) => writes && moveableInline(session, view.generation, before))
  const lost = standsAgainst(session, commit, inline)
  if (lost) return lost

  const recordedAt = Math.max(now, session.lastRecordedAt)
  writeEvents(session, appends, ends, recordedAt)
  const after = ends.map(({ version }) => version)
  const last = session.head
  if (commit.inline) writeInline(session, commit.inline, inline, last)
  if (commit.documents) for (const write of commit.documents) writeDocuments(session, write, null)
  if (commit.checkpoints) for (const move of commit.checkpoints) moveCheckpoint(session, move.consumer, move.shard, move.to)
  if (commit.generations) writeGenerations(session, commit.generations)
  if (commit.snapshots) writeSnapshots(session, commit.snapshots)
  writeReactions(session, commit)
  if (commit.command) writeCommand(session, commit.command, appends, after, last, recordedAt)
  return { outcome: 'committed', first: writes ? before + 1 : 0, last, recordedAt, versions: after, inline }
}
