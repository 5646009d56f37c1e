import type { CommandKey, Commit, Condition } from '../ports/event-store.ts'
import type { ConsumerWrite, DeadLetterWrite, TimerWrite } from '../ports/reaction-store.ts'
import type { ViewShape } from '../ports/view-store.ts'
import { generationConsumer, readCheckpoints } from './checkpoints.ts'
import { readCommands } from './command-keys.ts'
import { unguarded } from './commit.ts'
import { readFailed } from './conditions.ts'
import type { Connection } from './connection.ts'
import { readRevisions } from './documents.ts'
import { readGenerationStates } from './generations.ts'
import type { Job } from './job.ts'
import { type Known, newestSeen, stillThere } from './known.ts'
import { readLeases } from './leases.ts'
import { commandKey, type Facts, streamKey } from './ledger.ts'
import { readConsumers, readLetters, readTimers } from './reactions.ts'
import { idsOf, readPlaces } from './repeats.ts'
import { readVersions, type StreamName } from './stream-versions.ts'

/** What the decisions of a batch look at. */
export interface Needs {
  readonly streams: Map<string, StreamName>
  readonly conditions: Condition[]
  readonly commands: Map<string, CommandKey>
  readonly leases: Set<string>
  readonly consumers: Set<string>
  /** Documents of inline views by generation. */
  readonly documents: Map<string, Set<string>>
  readonly generations: Set<string>
  readonly letters: DeadLetterWrite[]
  readonly timers: TimerWrite[]
  readonly steered: ConsumerWrite[]
  readonly ids: Set<string>
  /** Generations whose shape must be known. */
  readonly shapes: Set<string>
}

function needStream(needs: Needs, category: string, streamId: string): void {
  const key = streamKey(category, streamId)
  if (!needs.streams.has(key)) needs.streams.set(key, { category, streamId })
}

function needCommit(needs: Needs, commit: Commit, careful: boolean): void {
  for (const { category, streamId } of commit.appends ?? []) needStream(needs, category, streamId)
  if (commit.conditions) needs.conditions.push(...commit.conditions)
  if (commit.command) needs.commands.set(commandKey(commit.command), commit.command)
  for (const { name } of commit.leases ?? []) needs.leases.add(name)
  for (const { consumer } of commit.checkpoints ?? []) needs.consumers.add(consumer)
  for (const { generation, documents } of commit.inline ?? []) {
    needs.consumers.add(generationConsumer(generation))
    if (documents.length === 0) continue
    needs.shapes.add(generation)
    const ids = needs.documents.get(generation) ?? new Set()
    for (const { id } of documents) ids.add(id)
    needs.documents.set(generation, ids)
  }
  for (const { generation, documents } of commit.documents ?? []) if (documents.length > 0) needs.shapes.add(generation)
  for (const { generation, notBehind } of commit.generations ?? []) {
    needs.generations.add(generation.id)
    if (notBehind === undefined) continue
    for (const id of [generation.id, notBehind]) needs.consumers.add(generationConsumer(id))
  }
  if (commit.deadLetters) needs.letters.push(...commit.deadLetters)
  if (commit.timers) needs.timers.push(...commit.timers)
  if (commit.consumers) needs.steered.push(...commit.consumers)
  if (careful || unguarded(commit)) for (const id of idsOf(commit)) needs.ids.add(id)
}

/** What the decisions of some jobs look at. `careful`: the ids of all events too. */
export function needsOf(jobs: readonly Job[], careful: boolean): Needs {
  const needs: Needs = {
    streams: new Map(),
    conditions: [],
    commands: new Map(),
    leases: new Set(),
    consumers: new Set(),
    documents: new Map(),
    generations: new Set(),
    letters: [],
    timers: [],
    steered: [],
    ids: new Set(),
    shapes: new Set(),
  }
  for (const job of jobs) {
    if (job.kind === 'commit') needCommit(needs, job.commit, careful)
    else if (job.kind === 'lease') needs.leases.add(job.name)
    else if (job.kind === 'release') needs.leases.add(job.proof.name)
    else for (const { category, streamId } of job.events) needStream(needs, category, streamId)
  }
  return needs
}

const endText = `SELECT e.position, e.recorded_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
    ${stillThere('$1', '$2')}
  FROM (VALUES (1)) AS one LEFT JOIN (
    SELECT position, recorded_at FROM khata.event ORDER BY position DESC LIMIT 1) AS e ON true`

/** The end of the log, the server's time, in milliseconds since 1970, and whether what is known of the log still holds. */
export async function readEnd(
  connection: Connection,
  known: Known,
): Promise<Pick<Facts, 'head' | 'lastRecordedAt' | 'knownHolds'> & { readonly now: number }> {
  const [row] = await connection.query<[number | null, number | null, number, boolean]>(endText, [...newestSeen(known)])
  const [head, lastRecordedAt, now = 0, knownHolds = false] = row ?? []
  return { head: head ?? 0, lastRecordedAt: lastRecordedAt ?? 0, now, knownHolds }
}

/**
 * Reads what the decisions look at, in one round trip after the lock. `shapes` are known already; `clock`: the time, when
 * the app brought its own.
 */
export async function readFacts(
  connection: Connection,
  needs: Needs,
  shapes: ReadonlyMap<string, ViewShape>,
  clock: (() => number) | null,
  known: Known,
): Promise<Facts> {
  const shaped = [...needs.documents].filter(([generation]) => shapes.has(generation))
  const [end, versions, failed, commands, leases, checkpoints, generations, letters, timers, consumers, places, ...revisions] =
    await Promise.all([
      readEnd(connection, known),
      readVersions(connection, needs.streams),
      readFailed(connection, needs.conditions),
      readCommands(connection, needs.commands),
      readLeases(connection, needs.leases),
      readCheckpoints(connection, needs.consumers),
      readGenerationStates(connection, needs.generations),
      readLetters(connection, needs.letters),
      readTimers(connection, needs.timers),
      readConsumers(connection, needs.steered),
      needs.ids.size > 0 ? readPlaces(connection, needs.ids) : new Map(),
      ...shaped.map(([generation, ids]) => readRevisions(connection, generation, ids)),
    ])
  return {
    ...end,
    now: clock?.() ?? end.now,
    versions,
    failed,
    commands,
    leases,
    checkpoints,
    revisions: new Map(shaped.map(([generation], index) => [generation, revisions[index] ?? new Map()])),
    shapes,
    generations,
    letters,
    timers,
    consumers,
    places,
  }
}
