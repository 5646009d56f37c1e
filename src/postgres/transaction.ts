import type { ViewShape } from '../ports/view-store.ts'
import { writeCheckpoints } from './checkpoints.ts'
import { writeCommands } from './command-keys.ts'
import { decide } from './commit.ts'
import type { Connection } from './connection.ts'
import { writeDocuments } from './documents.ts'
import { needsOf, readFacts } from './facts.ts'
import { isConnectionLost } from './failure.ts'
import { writeGenerations } from './generations.ts'
import { importEvents } from './import-log.ts'
import type { Job, JobAnswers, JobResult } from './job.ts'
import type { Known } from './known.ts'
import { giveLease, takeLease, writeLeases } from './leases.ts'
import { type Facts, type Ledger, type Place, startLedger } from './ledger.ts'
import { beginLocked } from './lock.ts'
import type { PostgresSettings } from './options.ts'
import { readPlaces } from './repeats.ts'
import { writeSnapshots } from './snapshots.ts'
import { writeEvents } from './write-events.ts'

/** An attempt whose COMMIT was sent. When its answer is lost, the event tells what became of the whole. */
export interface Attempt {
  /** The first event that it writes; null: it writes none. */
  readonly event: { readonly id: string } | null
  /** Its results when that event is found at a place, with those of all its events; null when these do not tell. */
  resultsAt(place: Place, places: Facts['places']): readonly JobResult[] | null
}

/** A batch of jobs on its way. */
export interface Batch {
  readonly jobs: readonly Job[]
  /** Of the generations that are written, as far as they are there. */
  readonly shapes: ReadonlyMap<string, ViewShape>
  /** Look for repeated events before anything else. */
  careful: boolean
  /** The last attempt whose COMMIT was sent and of which nobody knows what became. */
  attempt: Attempt | null
}

function perform(ledger: Ledger, job: Job, careful: boolean): JobAnswers[Job['kind']] {
  switch (job.kind) {
    case 'commit':
      return decide(ledger, job.commit, careful)
    case 'import':
      importEvents(ledger, job.events)
      return null
    case 'lease':
      return takeLease(ledger, job)
    case 'release':
      giveLease(ledger, job.proof)
      return null
  }
}

/** Decides jobs in order on a ledger. */
export function performAll(ledger: Ledger, jobs: readonly Job[], careful: boolean): JobResult[] {
  return jobs.map((job) => {
    try {
      return { answer: perform(ledger, job, careful) }
    } catch (error) {
      return { failure: error as Error }
    }
  })
}

/** Decides all jobs in order. Decisions that turn out to need event ids are all made again when these were looked up. */
async function decideAll(
  connection: Connection,
  facts: Facts,
  { jobs, careful }: Batch,
): Promise<{ readonly ledger: Ledger; readonly results: JobResult[] }> {
  let known = facts
  for (;;) {
    const ledger = startLedger(known)
    const results = performAll(ledger, jobs, careful)
    if (ledger.unknownIds.size === 0) return { ledger, results }
    const places = await readPlaces(connection, ledger.unknownIds)
    known = { ...known, places: new Map([...known.places, ...places]) }
  }
}

/** Sends everything but the events, which come first. */
export function sendOthers(connection: Connection, ledger: Ledger): Promise<unknown>[] {
  return [
    ...writeDocuments(connection, ledger),
    ...writeCheckpoints(connection, ledger),
    ...writeGenerations(connection, ledger),
    ...writeSnapshots(connection, ledger),
    ...ledger.writes.others.map(([text, values]) => connection.query(text, values)),
    ...writeCommands(connection, ledger),
    ...writeLeases(connection, ledger),
  ]
}

/**
 * Sends what ends with a COMMIT. An error that the server answers says that nothing was committed; that of a connection
 * that was lost does not.
 */
export async function attempted<T>(batch: Batch, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    if (!isConnectionLost(error)) batch.attempt = null
    throw error
  }
}

/** The results of the attempt before, whose answer was lost, when it was committed after all; else null. */
function resultsOf(attempt: Attempt | null, facts: Facts): readonly JobResult[] | null {
  const place = attempt?.event ? facts.places.get(attempt.event.id) : null
  return attempt && place ? attempt.resultsAt(place, facts.places) : null
}

/**
 * One transaction over a batch, in two round trips: take the lock and read all that the decisions look at; write
 * everything and commit. Each job is decided on its own. Any error ends the whole, and nothing is written.
 */
export async function transact(
  connection: Connection,
  settings: PostgresSettings,
  known: Known,
  batch: Batch,
): Promise<readonly JobResult[]> {
  const needs = needsOf(batch.jobs, batch.careful)
  if (batch.attempt?.event) needs.ids.add(batch.attempt.event.id)
  const [, facts] = await connection.flight(() =>
    Promise.all([
      beginLocked(connection, settings, 'write'),
      readFacts(connection, needs, batch.shapes, settings.clock, known),
    ]),
  )
  if (!facts.knownHolds) known.lost()
  const made = resultsOf(batch.attempt, facts)
  if (made) {
    await connection.run('COMMIT')
    return made
  }
  // The lock was had, so that the attempt has ended; it was not committed.
  batch.attempt = null
  const { ledger, results } = await decideAll(connection, facts, batch)
  const [event] = ledger.writes.events
  await attempted(batch, () =>
    connection.flight(() => {
      const sent = [...writeEvents(connection, ledger, known.kinds), ...sendOthers(connection, ledger)]
      if (sent.length > 0) {
        batch.attempt = { event: event ?? null, resultsAt: ({ position }) => (position === event?.position ? results : null) }
      }
      return Promise.all([...sent, connection.run('COMMIT')])
    }),
  )
  known.wrote(ledger.writes.events)
  return results
}
