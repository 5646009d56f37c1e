import type { Commit, CommitOutcome } from '../ports/event-store.ts'
import { checkCheckpoints, moveCheckpoint } from './checkpoints.ts'
import { rememberCommand, seenCommand } from './command-keys.ts'
import { checkShapes, placeDocuments } from './documents.ts'
import { checkGenerations, placeGenerations } from './generations.ts'
import { checkInline, moveableInline, placeInline } from './inline.ts'
import { fencedLease } from './leases.ts'
import type { Ledger } from './ledger.ts'
import { placeReactions, staleReaction } from './reactions.ts'
import { repeated } from './repeats.ts'
import { placeSnapshots } from './snapshots.ts'
import { type Refused, refusedBy, versionIn } from './stream-versions.ts'
import { checkIds, placeEvents } from './write-events.ts'

type Lost = Exclude<CommitOutcome, { outcome: 'committed' }>

/** Whether no expected version could tell that the commit was made before. */
export function unguarded(commit: Commit): boolean {
  const writing = commit.appends?.filter((append) => append.events.length > 0) ?? []
  return writing.length > 0 && writing.every((append) => append.expected === null)
}

/** What stands against a commit beside its streams and conditions. */
function standsAgainst(ledger: Ledger, commit: Commit, inline: readonly boolean[]): Lost | null {
  const moved = commit.inline ? checkInline(ledger, commit.inline, inline) : null
  if (moved) return { outcome: 'document-moved', ...moved }
  const stale =
    (commit.checkpoints ? checkCheckpoints(ledger, commit.checkpoints) : null) ??
    (commit.generations ? checkGenerations(ledger, commit.generations) : null) ??
    staleReaction(ledger, commit)
  return stale === null ? null : { outcome: 'stale', what: stale }
}

/**
 * Decides one commit on the facts and takes what it writes. Every check comes before the first change of the ledger.
 *
 * A commit whose answer was lost on the way is made again with the same event ids. Its streams or boundary have then
 * moved on because of itself, so a conflict is only answered after the ids were looked up. `careful`: look first.
 */
export function decide(ledger: Ledger, commit: Commit, careful: boolean): CommitOutcome {
  const fenced = commit.leases ? fencedLease(ledger, commit.leases) : null
  if (fenced !== null) return { outcome: 'fenced', lease: fenced }
  const seen = commit.command ? seenCommand(ledger, commit.command) : null
  if (seen) return seen

  const appends = commit.appends ?? []
  if (careful || unguarded(commit)) {
    const before = repeated(ledger, commit)
    if (before) return before
  }
  const versions = appends.map(({ category, streamId }) => versionIn(ledger, category, streamId))
  const refused: Refused | null = refusedBy(ledger, commit, versions)
  if (refused) return repeated(ledger, commit) ?? { outcome: 'conflict', ...refused }

  const before = ledger.head
  const writes = appends.some((append) => append.events.length > 0)
  const inline = (commit.inline ?? []).map((view) => writes && moveableInline(ledger, view.generation, before))
  const lost = standsAgainst(ledger, commit, inline)
  if (lost) return lost
  checkIds(appends)
  checkShapes(ledger, [...(commit.inline ?? []).filter((_, index) => inline[index]), ...(commit.documents ?? [])])

  const recordedAt = Math.max(ledger.facts.now ?? 0, ledger.lastRecordedAt)
  const after = placeEvents(ledger, appends, recordedAt)
  const last = ledger.head
  if (commit.inline) placeInline(ledger, commit.inline, inline, last)
  if (commit.documents) for (const write of commit.documents) placeDocuments(ledger, write, null)
  if (commit.checkpoints) for (const move of commit.checkpoints) moveCheckpoint(ledger, move.consumer, move.shard, move.to)
  if (commit.generations) placeGenerations(ledger, commit.generations)
  if (commit.snapshots) placeSnapshots(ledger, commit.snapshots)
  placeReactions(ledger, commit)
  if (commit.command) rememberCommand(ledger, commit.command, appends, after)
  return { outcome: 'committed', first: writes ? before + 1 : 0, last, recordedAt, versions: after, inline }
}
