import type { Commit, CommitOutcome, StoredEvent } from '../ports/event-store.ts'
import type { ViewShape } from '../ports/view-store.ts'
import type { Lease, LeaseProof, RememberedCommand } from '../ports/work-store.ts'
import type { Failure } from './failure.ts'

/** Everything that the writer does, as plain data: it crosses to the writer's thread. */
export type Job =
  | { readonly kind: 'commit'; readonly commit: Commit }
  | { readonly kind: 'import'; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'remember'; readonly commands: readonly RememberedCommand[] }
  | { readonly kind: 'lease'; readonly name: string; readonly owner: string; readonly ttlMs: number }
  | { readonly kind: 'release'; readonly proof: LeaseProof }
  | { readonly kind: 'prepare'; readonly shape: ViewShape }
  | { readonly kind: 'drop'; readonly generation: string }
  | { readonly kind: 'adopt'; readonly home: string }

/** What each kind of job answers. */
export interface JobAnswers {
  commit: CommitOutcome
  import: null
  remember: null
  lease: Lease | null
  release: null
  prepare: null
  /** Whether nothing of it is left. */
  drop: boolean
  adopt: null
}

/**
 * Whether a job whose answer was lost can be performed once more without a second effect, and with the answer of the first:
 * a commit is recognised by its events or its key. Without these, what it expected to find would be refused because of
 * itself; so would the page of an import.
 */
export function isRepeatable(job: Job): boolean {
  if (job.kind === 'commit') {
    return job.commit.command !== undefined || (job.commit.appends ?? []).some(({ events }) => events.length > 0)
  }
  return job.kind !== 'import' && job.kind !== 'adopt'
}

/** What became of one job of a batch. */
export type JobResult = { readonly answer: JobAnswers[Job['kind']] } | { readonly failure: Failure }

/** Roughly how many bytes a job holds in memory while it waits. */
export function jobBytes(job: Job): number {
  if (job.kind === 'import') return job.events.reduce((sum, event) => sum + event.data.length + event.metadata.length + 200, 0)
  if (job.kind !== 'commit') return 200
  let bytes = 200
  for (const append of job.commit.appends ?? []) {
    for (const event of append.events) bytes += event.data.length + event.metadata.length + 200
  }
  for (const writes of [job.commit.inline, job.commit.documents]) {
    for (const write of writes ?? []) {
      for (const document of write.documents) bytes += (document.body?.length ?? 0) + (document.text?.length ?? 0) + 100
    }
  }
  for (const snapshot of job.commit.snapshots ?? []) bytes += snapshot.state.length + 200
  return bytes
}
