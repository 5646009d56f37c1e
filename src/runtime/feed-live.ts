/**
 * Feeds the generation that answers queries, or the first one of a view until it can: takes this process's share of its
 * shards, gives what is more than that to others, and lets go of all when somebody is about to replace the generation.
 */
import { shardOf } from '../model/bucket.ts'
import type { Generation, Lease } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'
import { FeedLost, type FeedOptions } from './feeder.ts'
import { heldDocuments } from './held-documents.ts'
import { rest } from './leased.ts'
import type { Standing } from './members.ts'
import { type ParkedDocuments, parkedDocuments, recordedSkips } from './parked-documents.ts'
import type { RunnerParts, Running } from './projection-runner.ts'
import { type ShardFeeders, shardFeeders } from './shard-feeders.ts'
import { shardLease, shareOf, switchLease } from './shares.ts'

/** How often a process looks what others hold. */
export const lookMs = 1_000
/** The same while a rebuild is under way: its switch waits until everybody has looked. */
const lookInRebuildMs = 250
const retryLookMs = 250
const inlineRestMs = 25
/** An inline view that is nearer to the head than this is brought up to it while commits wait. */
const gateDistance = 2_000

/**
 * Feeds until the signal fires, the generation is replaced, or somebody is about to replace it.
 * @throws FeedLost, and what feeding throws
 */
export async function feedLive(
  parts: RunnerParts,
  view: CompiledView,
  generation: Generation,
  running: Running,
  signal: AbortSignal,
): Promise<void> {
  const { engine, tail, generations, members, gate } = parts
  await tail.history.confirm()
  const { era } = tail.history
  let current = generation
  const count = (await generations.places(current)).length
  const skips = await recordedSkips(engine, view.name)
  let parked: ParkedDocuments | null = null
  // Documents are parked by what is fed at the moment.
  const how: FeedOptions = {
    skips,
    documents: heldDocuments(),
    get parked() {
      return parked
    },
  }
  const feeders = shardFeeders(parts, view, { generation: current, count }, how)

  let prepared = false
  const hold = async (leases: ReadonlyMap<number, Lease>): Promise<void> => {
    if (!prepared) await engine.views.prepare(view.shape(current.id))
    prepared = true
    await feeders.flush()
    parked = await parkedDocuments(parts, view, current, skips, (document) => leases.has(shardOf(document, count)))
    await feeders.hold(leases)
  }

  const freeIn = ({ holder }: Standing): readonly number[] =>
    Array.from({ length: count }, (_, shard) => shard).filter((shard) => holder(shardLease(current, shard)) === null)

  /** What was claimed and not given back: also a claim that failed half way must leave nothing behind. */
  const own = new Set<Lease>()
  const release = async (leases: readonly Lease[]): Promise<void> => {
    for (const lease of leases) own.delete(lease)
    await members.release(leases)
  }

  const take = async (missing: number): Promise<void> => {
    const standing = await members.seen(0)
    if (standing.holder(switchLease(current)) !== null) return
    const free = freeIn(standing)
    const { peers } = standing
    // Those who look at the same moment begin at different shards.
    const begin = Math.floor((Math.max(0, peers.indexOf(members.owner)) * free.length) / peers.length)
    const wanted = [...free.slice(begin), ...free.slice(0, begin)].slice(0, missing)
    const taken = await members.claim(wanted.map((shard) => shardLease(current, shard)))
    for (const lease of taken) own.add(lease)
    if (taken.length === 0) return
    const leases = new Map(feeders.leases)
    for (const lease of taken) leases.set(wanted.find((shard) => shardLease(current, shard) === lease.name) as number, lease)
    await hold(leases)
  }

  const giveUp = async (surplus: number): Promise<void> => {
    const kept = [...feeders.leases].sort(([a], [b]) => a - b)
    const given = kept.splice(kept.length - surplus)
    await hold(new Map(kept))
    await release(given.map(([, lease]) => lease))
  }

  /** Brings what is held nearer to what should be. */
  const adjust = async (standing: Standing): Promise<void> => {
    const share = shareOf(view.name, count, members.owner, standing.peers)
    const held = feeders.leases.size
    for (const shard of feeders.leases.keys()) {
      const holder = standing.holder(shardLease(current, shard))
      if (holder !== null && holder !== members.owner) throw new FeedLost(`shard ${shard} of ${current.id} is another's`)
    }
    if (held < share && freeIn(standing).length > 0) await take(share - held)
    else if (held > share) await giveUp(held - share)
  }

  let retriedAt = performance.now()
  const retryParked = async (): Promise<void> => {
    if (!parked?.size || performance.now() - retriedAt < retryLookMs) return
    retriedAt = performance.now()
    if (!(await parked.asked())) return
    // No commit of this process may fold into a document that is folded again here.
    if (view.mode !== 'inline' || current.state !== 'live') return retryNow()
    const { position: head } = await engine.events.head()
    if (head - (await generations.position(current)) >= gateDistance) return
    await gate.alone(async () => {
      await catchUp(feeders)
      await retryNow()
    })
  }

  const retryNow = async (): Promise<void> => {
    for (const { feeder, leases } of feeders.groups) {
      await feeder.flush()
      const done = await parked?.retry(feeder.written, (document) => leases.get(shardOf(document, count)))
      for (const document of done ?? []) how.documents.delete(document)
    }
  }

  /** Says whether the log had no more, and all is written. */
  const feed = async (): Promise<boolean> => {
    await retryParked()
    if (view.mode !== 'inline') return feeders.feed()
    // The head first: commits move both, so that a checkpoint that is read later was at least there.
    const { position: head } = await engine.events.head()
    const checkpoint = await generations.position(current)
    if (checkpoint !== feeders.written) await feeders.hold(feeders.leases)
    if (checkpoint >= head) return true
    if (current.state !== 'live' || head - checkpoint >= gateDistance) return feeders.feed()
    return gate.alone(() => catchUp(feeders))
  }

  /** Brings an inline view to the head while no commit of this process moves it; from there on commits carry it. */
  const catchUp = async (behind: ShardFeeders): Promise<boolean> => {
    // Read only now: until the gate was closed, commits may have moved it.
    await behind.hold(behind.leases)
    await behind.feedUpTo((await engine.events.head()).position)
    return true
  }

  let goal: number | null = null
  /** A first generation goes live when every shard has reached where this process once was at the end of the log. */
  const finish = async (): Promise<void> => {
    goal ??= feeders.written
    if ((await generations.position(current)) < goal) return rest(lookInRebuildMs, signal)
    if (!(await generations.change(current, 'live'))) throw new FeedLost('the first generation was changed elsewhere')
    current = { ...current, state: 'live' }
  }

  try {
    let adjusted: Standing | null = null
    while (!signal.aborted) {
      const { mark } = tail
      if (tail.history.era !== era) throw new FeedLost('the store was restored or adopted')
      const live = await generations.live(view)
      if (current.state === 'live' ? live?.id !== current.id : live !== null) break
      const wanted = current.state === 'live' ? await generations.newest(view, 'requested', 'building') : null
      const standing = await members.seen(wanted ? lookInRebuildMs : lookMs)
      if (standing.holder(switchLease(current)) !== null) break
      if (standing !== adjusted) await adjust(standing)
      adjusted = standing
      if (feeders.leases.size === 0) {
        running.state = 'idle'
        running.error = null
        running.startedOnce()
        await rest(wanted ? lookInRebuildMs : lookMs, signal)
        continue
      }
      if (feeders.leases.has(0)) running.removeEnded()
      if (wanted && feeders.leases.has(0)) running.build(wanted, current)
      const atEnd = await feed()
      running.error = null
      if (!atEnd || current.state === 'live') running.startedOnce()
      if (current.state === 'building') {
        running.state = 'building'
        if (atEnd) await finish()
        continue
      }
      running.state = atEnd ? 'live' : 'catching-up'
      if (atEnd) await tail.stirred(mark, wanted ? lookInRebuildMs : lookMs, signal)
      // Commits carry an inline view along: a look after each of them would cost more than they do.
      if (atEnd && view.mode === 'inline') await rest(inlineRestMs, signal)
    }
    await feeders.flush()
  } finally {
    await release([...own])
  }
}
