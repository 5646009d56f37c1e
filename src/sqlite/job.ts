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
  drop: null
  adopt: null
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
