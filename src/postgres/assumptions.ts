/**
 * Most batches find the store as their commits expect it. They are decided on the facts that would let every commit
 * succeed, and written in one round trip together with statements that end the transaction when one of those facts is not
 * so; then the batch is decided again on facts that were read. So an assumption can cost time, never truth.
 */
import type { Commit } from '../ports/event-store.ts'
import { assumedHead, assumedVersion } from './assumed-places.ts'
import { bigintArray, integerArray, textArray } from './binary-arrays.ts'
import { generationConsumer } from './checkpoints.ts'
import { conditionItems, failedItems } from './conditions.ts'
import type { Connection } from './connection.ts'
import type { Needs } from './facts.ts'
import type { Job } from './job.ts'
import { type Facts, streamKey } from './ledger.ts'
import { viewTable } from './names.ts'

/** The SQLSTATE of an assumption that does not hold. */
export const assumptionFailed = 'KH001'

/** Whether all that a job looks at can be assumed. A remembered receipt holds versions, so these must be known. */
function isPlain(job: Job): boolean {
  if (job.kind !== 'commit') return false
  const { commit } = job
  if (commit.generations || commit.deadLetters || commit.timers || commit.consumers) return false
  return !(commit.command && commit.appends?.some(({ expected }) => expected === null))
}

/** What a commit assumes, noted unless a commit before it has: then that one's decision is what counts. */
function assumeCommit(commit: Commit, into: Assumed): void {
  for (const { category, streamId, expected } of commit.appends ?? []) {
    const key = streamKey(category, streamId)
    if (!into.versions.has(key)) into.versions.set(key, expected ?? assumedVersion)
  }
  for (const { name, token } of commit.leases ?? []) {
    if (!into.leases.has(name)) into.leases.set(name, { name, token, owner: 'assumed', expiresAt: 0 })
  }
  for (const { consumer, shard, from } of commit.checkpoints ?? []) {
    const shards = inner(into.checkpoints, consumer)
    if (!shards.has(shard)) shards.set(shard, from)
  }
  if (!commit.appends?.some(({ events }) => events.length > 0)) return
  for (const { generation, documents } of commit.inline ?? []) {
    const shards = inner(into.checkpoints, generationConsumer(generation))
    if (!shards.has(0)) shards.set(0, assumedHead)
    const revisions = inner(into.revisions, generation)
    for (const { id, replaces } of documents) if (!revisions.has(id)) revisions.set(id, replaces)
  }
}

function inner<K, V>(maps: Map<string, Map<K, V>>, name: string): Map<K, V> {
  let map = maps.get(name)
  if (!map) {
    map = new Map()
    maps.set(name, map)
  }
  return map
}

interface Assumed extends Facts {
  readonly versions: Map<string, number>
  readonly leases: Map<string, NonNullable<ReturnType<Facts['leases']['get']>>>
  readonly checkpoints: Map<string, Map<number, number>>
  readonly revisions: Map<string, Map<string, number>>
}

/** The facts on which every job would succeed; null when some look at what is not assumed. */
export function assumeFacts(
  jobs: readonly Job[],
  needs: Needs,
  shapes: Facts['shapes'],
  clock: (() => number) | null,
): Facts | null {
  if (!jobs.every(isPlain)) return null
  const assumed: Assumed = {
    now: clock?.() ?? null,
    head: assumedHead,
    lastRecordedAt: 0,
    knownHolds: true,
    versions: new Map(),
    failed: new Set(),
    commands: new Map(),
    leases: new Map(),
    checkpoints: new Map(),
    revisions: new Map(),
    shapes,
    generations: new Map(),
    letters: [],
    timers: new Map(),
    consumers: new Map(),
    // The unique index tells of an event that is there already.
    places: new Map([...needs.ids].map((id) => [id, null])),
  }
  for (const job of jobs) if (job.kind === 'commit') assumeCommit(job.commit, assumed)
  return assumed
}

const holdLeases = `SELECT khata.hold(NOT EXISTS (
  SELECT 1 FROM unnest($1::text[], $2::bigint[]) AS a (name, token) WHERE NOT EXISTS (
    SELECT 1 FROM khata.lease l WHERE l.name = a.name AND l.token = a.token AND l.owner <> '')))`
const holdCheckpoints = `SELECT khata.hold(NOT EXISTS (
  SELECT 1 FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS a (consumer, shard, position)
  WHERE coalesce((SELECT c.position FROM khata.checkpoint c WHERE c.consumer = a.consumer AND c.shard = a.shard), 0)
    <> CASE WHEN a.position = ${assumedHead} THEN (SELECT coalesce(max(e.position), 0) FROM khata.event e) ELSE a.position END))`
const holdConditions = `SELECT khata.hold(NOT EXISTS (SELECT 1 FROM ${failedItems}))`
const holdCommands = `SELECT khata.hold(NOT EXISTS (
  SELECT 1 FROM unnest($1::text[], $2::text[], $3::text[]) AS a (principal, command, key) WHERE EXISTS (
    SELECT 1 FROM khata.command c
    WHERE c.tenant = '' AND c.principal = a.principal AND c.command = a.command AND c.key = a.key)))`
const holdRevisions = (generation: string): string => `SELECT khata.hold(NOT EXISTS (
  SELECT 1 FROM unnest($1::text[], $2::bigint[]) AS a (id, revision)
  WHERE coalesce((SELECT v._revision FROM ${viewTable(generation)} v WHERE v._id = a.id), 0) <> a.revision))`

/** Sends the statements that end the transaction unless the assumptions hold; those about streams go with the events. */
export function sendGuards(connection: Connection, facts: Facts, needs: Needs): Promise<unknown>[] {
  const sent: Promise<unknown>[] = []
  if (facts.leases.size > 0) {
    const leases = [...facts.leases.values()]
    const values = [textArray(leases.map(({ name }) => name)), bigintArray(leases.map(({ token }) => token))]
    sent.push(connection.query(holdLeases, values))
  }
  if (needs.commands.size > 0) {
    const keys = [...needs.commands.values()]
    const columns = [keys.map(({ principal }) => principal), keys.map(({ command }) => command), keys.map(({ key }) => key)]
    sent.push(connection.query(holdCommands, columns.map(textArray)))
  }
  if (needs.conditions.length > 0)
    sent.push(connection.query(holdConditions, [JSON.stringify(conditionItems(needs.conditions))]))
  if (facts.checkpoints.size > 0) {
    const list = [...facts.checkpoints].flatMap(([consumer, shards]) => [...shards].map((held) => [consumer, ...held] as const))
    const [consumers, shards] = [textArray(list.map(([name]) => name)), integerArray(list.map(([, shard]) => shard))]
    const positions = bigintArray(list.map(([, , position]) => position))
    sent.push(connection.query(holdCheckpoints, [consumers, shards, positions]))
  }
  for (const [generation, revisions] of facts.revisions) {
    if (revisions.size === 0) continue
    const values = [textArray([...revisions.keys()]), bigintArray([...revisions.values()])]
    sent.push(connection.query(holdRevisions(generation), values))
  }
  return sent
}
