/**
 * Feeds the shards of a generation that this process holds. Those that stand at the same position are fed as one: each
 * event is read, keyed and folded once and they share their commits. One that lags, because it was just taken over, is fed
 * before the others until it has caught up with them.
 */
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Generation, Lease } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'
import { type Feeder, type FeedOptions, feederOf } from './feeder.ts'
import type { Generations } from './generations.ts'
import type { Tail } from './tail.ts'

/** Shards at one position. */
export interface ShardGroup {
  readonly feeder: Feeder
  readonly leases: ReadonlyMap<number, Lease>
}

/** The shards of a generation that are fed here. */
export interface ShardFeeders {
  readonly leases: ReadonlyMap<number, Lease>
  /** Everything up to here is folded, in all shards that are held. */
  readonly position: Position
  /** Everything up to here is safe. */
  readonly written: Position
  /** By position, the one that is furthest behind first. */
  readonly groups: readonly ShardGroup[]
  /** Holds these shards from now on; begins again from the store. Throws as `Feeder.flush`. */
  hold(leases: ReadonlyMap<number, Lease>): Promise<void>
  /** Feeds a page to those that are furthest behind; says whether the log had no more when it was read. */
  feed(): Promise<boolean>
  feedUpTo(position: Position): Promise<void>
  flush(): Promise<void>
}

const pageSize = 1_000

/** The shards of a generation that are fed here; none at first. */
export function shardFeeders(
  { engine, tail, generations }: { readonly engine: Engine; readonly tail: Tail; readonly generations: Generations },
  view: CompiledView,
  { generation, count }: { readonly generation: Generation; readonly count: number },
  how: FeedOptions,
): ShardFeeders {
  let leases: ReadonlyMap<number, Lease> = new Map()
  let groups: readonly ShardGroup[] = []

  const group = (places: readonly Position[]): void => {
    const byPlace = new Map<Position, Map<number, Lease>>()
    for (const [shard, lease] of leases) {
      const place = places[shard] ?? 0
      byPlace.set(place, (byPlace.get(place) ?? new Map()).set(shard, lease))
    }
    groups = [...byPlace]
      .sort(([a], [b]) => a - b)
      .map(([place, some]) => ({
        leases: some,
        feeder: feederOf(engine, view, { generation, count, leases: some }, place, how),
      }))
  }

  const flush = async (): Promise<void> => {
    for (const { feeder } of groups) await feeder.flush()
  }

  /** Joins those that stand at the same position now. */
  const join = async (): Promise<void> => {
    await flush()
    const places: Position[] = []
    for (const { feeder, leases: some } of groups) for (const shard of some.keys()) places[shard] = feeder.written
    group(places)
  }

  const feed: ShardFeeders['feed'] = async () => {
    const [first, next] = groups
    if (!first) return true
    const { feeder } = first
    const limit = next ? Math.min(pageSize, next.feeder.position - feeder.position) : pageSize
    const page = await tail.read(feeder.position, limit)
    if (page.to > feeder.position) await feeder.feed(page, page.full)
    if (next && feeder.position >= next.feeder.position) await join()
    if (!page.full) {
      await feeder.flush()
      return true
    }
    // Reading and folding a page takes some milliseconds: others get a turn in between.
    await new Promise((resolve) => setImmediate(resolve))
    return false
  }

  return {
    get leases() {
      return leases
    },
    get position() {
      return groups[0]?.feeder.position ?? 0
    },
    get written() {
      return groups[0]?.feeder.written ?? 0
    },
    get groups() {
      return groups
    },
    async hold(wanted) {
      await flush()
      leases = wanted
      // What another process wrote meanwhile is not in memory.
      how.documents.clear()
      group(await generations.places(generation))
    },
    feed,
    async feedUpTo(position) {
      while (groups.length > 0 && (groups[0] as ShardGroup).feeder.position < position) await feed()
      await flush()
    },
    flush,
  }
}
