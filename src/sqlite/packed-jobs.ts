import type { NewEvent, StreamAppend } from '../ports/event-store.ts'
import type { Job } from './job.ts'

// Jobs on their way to the writer's thread. Most are commits with a few events; as one flat list of values they are copied
// in a third of the time that lists of objects take, and the writer's thread is the one that must not be slow.

/** A batch as a flat list: per job what is not an append (null for a commit without), then its appends. */
export type PackedJobs = readonly unknown[]

function packEvent(values: unknown[], event: NewEvent): void {
  values.push(
    event.id,
    event.type,
    event.schemaVersion,
    event.data,
    event.metadata,
    event.tags.length === 0 ? null : event.tags,
    event.occurredAt,
    event.commandId,
    event.correlationId,
  )
}

/** Puts a batch into one list. */
export function packJobs(jobs: readonly Job[]): PackedJobs {
  const values: unknown[] = []
  for (const job of jobs) {
    if (job.kind !== 'commit') {
      values.push(job, 0)
      continue
    }
    const { appends = [], ...rest } = job.commit
    values.push(Object.keys(rest).length === 0 ? null : { kind: 'commit', commit: rest }, appends.length)
    for (const { category, streamId, expected, events } of appends) {
      values.push(category, streamId, expected, events.length)
      for (const event of events) packEvent(values, event)
    }
  }
  return values
}

const noTags: readonly string[] = []

/** Takes a batch out of its list. */
export function unpackJobs(values: PackedJobs): Job[] {
  const jobs: Job[] = []
  let at = 0
  const next = <T>(): T => values[at++] as T

  const nextEvent = (): NewEvent => ({
    id: next(),
    type: next(),
    schemaVersion: next(),
    data: next(),
    metadata: next(),
    tags: next() ?? noTags,
    occurredAt: next(),
    commandId: next(),
    correlationId: next(),
  })
  const nextAppend = (): StreamAppend => {
    const append = { category: next<string>(), streamId: next<string>(), expected: next<number | null>() }
    const events: NewEvent[] = []
    for (let left = next<number>(); left > 0; left--) events.push(nextEvent())
    return { ...append, events }
  }

  while (at < values.length) {
    const job = next<Job | null>()
    const appends: StreamAppend[] = []
    for (let left = next<number>(); left > 0; left--) appends.push(nextAppend())
    if (job === null) jobs.push({ kind: 'commit', commit: { appends } })
    else jobs.push(job.kind === 'commit' ? { kind: 'commit', commit: { ...job.commit, appends } } : job)
  }
  return jobs
}
