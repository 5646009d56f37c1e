import type { Commit, StoredEvent, StreamAppend } from '../ports/event-store.ts'
import { appendAssumed, type Base } from './append-assumed.ts'
import { actual, assumedHead, assumedVersion } from './assumed-places.ts'
import { assumeFacts, sendGuards } from './assumptions.ts'
import type { Connection } from './connection.ts'
import { type Needs, needsOf, readEnd } from './facts.ts'
import { sqlState } from './failure.ts'
import type { JobResult } from './job.ts'
import type { Known, Seen } from './known.ts'
import { type Facts, type Ledger, startLedger, streamKey } from './ledger.ts'
import { beginLocked } from './lock.ts'
import type { PostgresSettings } from './options.ts'
import type { Pace } from './pace.ts'
import { attempted, type Batch, performAll, sendOthers } from './transaction.ts'

/** Writes events and tells where they went; a batch without events asks for the head. */
function sendEvents(
  connection: Connection,
  ledger: Ledger,
  needs: Needs,
  known: Known,
): readonly [base: Promise<Base>, others: Promise<unknown>[]] {
  if (ledger.writes.events.length > 0 || needs.streams.size > 0) {
    return appendAssumed(connection, ledger, needs.streams, known)
  }
  const end = readEnd(connection, known).then(({ head, lastRecordedAt, now }) => {
    return { head, recordedAt: Math.max(lastRecordedAt, ledger.facts.now ?? now), versions: [], ahead: null }
  })
  return [end, []]
}

/** The version that a stream was at before, once it is known. */
type VersionBefore = (commit: Commit, append: StreamAppend) => number | null

/** As the statement that wrote the events tells it. */
function asWritten(needs: Needs, { versions }: Base): VersionBefore {
  const numbers = new Map([...needs.streams.keys()].map((key, index) => [key, index]))
  return (_, { category, streamId }) => versions[numbers.get(streamKey(category, streamId)) ?? -1] ?? null
}

/** Events that were written, at their real places. */
function asSeen(events: readonly StoredEvent[], needs: Needs, { head, versions }: Base): Seen[] {
  const before = new Map([...needs.streams.keys()].map((key, index) => [key, versions[index] ?? 0]))
  return events.map(({ position, id, category, streamId, version, type }) => {
    const versionBefore = before.get(streamKey(category, streamId)) ?? 0
    return { position: actual(position, head), id, category, streamId, version: actual(version, versionBefore), type }
  })
}

/** As the places tell it of a commit's events that were found: `assumed` says which versions they were given. */
function asFound(events: readonly StoredEvent[], places: Facts['places']): VersionBefore {
  const assumed = new Map(events.map(({ id, version }) => [id, version]))
  return (commit, { category, streamId }) => {
    const same = (commit.appends ?? []).filter((append) => append.category === category && append.streamId === streamId)
    const id = same.flatMap((append) => append.events)[0]?.id
    const place = id === undefined ? null : places.get(id)
    return place ? place.version - ((assumed.get(id ?? '') ?? 0) - assumedVersion) : null
  }
}

/** The results with real places; null when the version of a stream that nobody asked for cannot be known. */
function placed(
  results: readonly JobResult[],
  { jobs }: Batch,
  { head, recordedAt }: Pick<Base, 'head' | 'recordedAt'>,
  before: VersionBefore,
): readonly JobResult[] | null {
  let known = true
  const answers = results.map((result, index): JobResult => {
    const job = jobs[index]
    if (!('answer' in result) || !result.answer || !('outcome' in result.answer) || job?.kind !== 'commit') return result
    if (result.answer.outcome !== 'committed') return result
    const { first, last, versions, inline } = result.answer
    const real = versions.map((version, place) => {
      if (version < assumedVersion) return version
      const append = job.commit.appends?.[place]
      const from = append ? before(job.commit, append) : null
      if (from === null) known = false
      return version - assumedVersion + (from ?? 0)
    })
    const places = { first: actual(first, head), last: actual(last, head) }
    return { answer: { outcome: 'committed', ...places, recordedAt, versions: real, inline } }
  })
  return known ? answers : null
}

function succeeded(result: JobResult): boolean {
  if (!('answer' in result)) return false
  return result.answer !== null && 'outcome' in result.answer && result.answer.outcome === 'committed'
}

/** Of a statement that is sent behind one that failed. */
const inFailedTransaction = '25P02'

/** What the first of some statements answers, or the error of the one that failed, not of those behind it. */
async function answered<T>(sent: readonly [Promise<T>, ...Promise<unknown>[]]): Promise<T> {
  const errors = (await Promise.allSettled(sent)).flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  if (errors.length > 0) throw errors.find((error) => sqlState(error) !== inFailedTransaction) ?? errors[0]
  return sent[0]
}

/**
 * Sends a transaction from the lock to its end in one piece, so that another may be sent behind it. The first of what `send`
 * sends is answered.
 */
async function wholeTransaction<T>(
  connection: Connection,
  settings: PostgresSettings,
  pace: Pick<Pace, 'waited'>,
  send: () => readonly [Promise<T>, ...Promise<unknown>[]],
): Promise<T> {
  const { began, sent, ended } = connection.flight(() => {
    const began = beginLocked(connection, settings, 'write')
    try {
      return { began, sent: answered(send()), ended: connection.run('COMMIT') }
    } catch (error) {
      // Nobody waits for the lock any more.
      began.catch(() => {})
      connection.run('ROLLBACK').catch(() => {})
      throw error
    }
  })
  const written = sent.then(() => performance.now())
  const [lockMs, first, writtenAt] = await Promise.all([began, sent, written, ended])
  pace.waited(lockMs + performance.now() - writtenAt)
  return first
}

/** A batch that was decided on the facts on which each of its commits succeeds. */
export interface AssumedBatch {
  readonly needs: Needs
  readonly facts: Facts
  readonly ledger: Ledger
  readonly results: readonly JobResult[]
}

/**
 * Decides a batch on the facts on which each commit succeeds. Null when there are none such: the batch looks at what cannot
 * be assumed, or its commits stand against each other.
 */
export function assume({ jobs, shapes }: Batch, { clock }: PostgresSettings): AssumedBatch | null {
  const needs = needsOf(jobs, false)
  const facts = assumeFacts(jobs, needs, shapes, clock)
  if (!facts) return null
  const ledger = startLedger(facts)
  const results = performAll(ledger, jobs, false)
  return ledger.unknownIds.size === 0 && results.every(succeeded) ? { needs, facts, ledger, results } : null
}

/**
 * One transaction over a batch in a single round trip. Others may be sent behind it before it is answered.
 *
 * @throws the server's error when an assumption does not hold; nothing is written then
 */
export async function transactAssumed(
  connection: Connection,
  settings: PostgresSettings,
  known: Known,
  batch: Batch,
  { needs, facts, ledger, results }: AssumedBatch,
  pace: Pick<Pace, 'waited'>,
): Promise<readonly JobResult[] | null> {
  const { events } = ledger.writes
  const [event] = events
  const { newest } = known
  const send = () => {
    const guards = sendGuards(connection, facts, needs)
    const [base, others] = sendEvents(connection, ledger, needs, known)
    const sent = [base, ...guards, ...others, ...sendOthers(connection, ledger)] as const
    batch.attempt = {
      event: event ?? null,
      resultsAt: ({ position, recordedAt }, places) => {
        const head = position - ((event?.position ?? 0) - assumedHead)
        return placed(results, batch, { head, recordedAt }, asFound(events, places))
      },
    }
    return sent
  }
  const base = await attempted(batch, () => wholeTransaction(connection, settings, pace, send))
  // Of a batch that was answered since this one was sent, a restore between the two may have taken the events.
  if (known.newest === newest || known.newest?.id === base.ahead) known.wrote(asSeen(events, needs, base))
  return placed(results, batch, base, asWritten(needs, base))
}
