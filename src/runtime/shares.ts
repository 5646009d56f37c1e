/** Which shards of a view which process should have. Nothing here decides who writes: leases do. */
import { bucketOf } from '../model/bucket.ts'
import type { Generation } from '../ports/work-store.ts'

/** Leases of everything that has to do with feeding views begin so. */
export const feedingPrefix = 'views/'

/** The lease of a shard of a generation. */
export function shardLease({ id }: Pick<Generation, 'id'>, shard: number): string {
  return `${feedingPrefix}shard/${id}/${shard}`
}

/** The lease of whoever is about to replace a generation: while it is held, the shards of the generation are let go. */
export function switchLease({ id }: Pick<Generation, 'id'>): string {
  return `${feedingPrefix}switch/${id}`
}

/**
 * How many of a view's shards one of several processes should have. The shares of all add up to the shards; what does not
 * divide evenly falls to other processes for other views. A single shard stays with whoever has it. A process that is not
 * one of the peers should have nothing.
 */
export function shareOf(view: string, shards: number, owner: string, peers: readonly string[]): number {
  if (shards === 1) return 1
  if (!peers.includes(owner)) return 0
  const turn = (peers.indexOf(owner) + bucketOf(view)) % peers.length
  return Math.floor(shards / peers.length) + (turn < shards % peers.length ? 1 : 0)
}
