import type { CheckpointMove } from '../ports/work-store.ts'
import { actualPosition, headBefore } from './assumed-places.ts'
import { bigintArray, integerArray, textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'

const read = 'SELECT consumer, shard, position FROM khata.checkpoint WHERE consumer = ANY ($1::text[])'

/** The consumer name of a generation's checkpoint. */
export function generationConsumer(generation: string): string {
  return `view/${generation}`
}

/** The checkpoints of some consumers, by consumer and shard. */
export async function readCheckpoints(
  connection: Connection,
  consumers: ReadonlySet<string>,
): Promise<Map<string, Map<number, number>>> {
  const found = new Map<string, Map<number, number>>()
  if (consumers.size === 0) return found
  for (const [consumer, shard, position] of await connection.query<[string, number, number]>(read, [
    textArray([...consumers]),
  ])) {
    inner(found, consumer).set(shard, position)
  }
  return found
}

function inner(maps: Map<string, Map<number, number>>, consumer: string): Map<number, number> {
  let map = maps.get(consumer)
  if (!map) {
    map = new Map()
    maps.set(consumer, map)
  }
  return map
}

/** A checkpoint as the running transaction sees it; 0 for none. */
export function checkpointIn(ledger: Ledger, consumer: string, shard: number): number {
  return ledger.checkpoints.get(consumer)?.get(shard) ?? 0
}

/** Names the first checkpoint that is not where the caller thinks. */
export function checkCheckpoints(ledger: Ledger, moves: readonly CheckpointMove[]): string | null {
  const moved = moves.find(({ consumer, shard, from }) => checkpointIn(ledger, consumer, shard) !== from)
  return moved ? `checkpoint ${moved.consumer}/${moved.shard}` : null
}

/** Moves a checkpoint; it is written when the transaction ends, once, however many commits moved it. */
export function moveCheckpoint(ledger: Ledger, consumer: string, shard: number, to: number): void {
  inner(ledger.checkpoints, consumer).set(shard, to)
  inner(ledger.writes.checkpoints, consumer).set(shard, to)
}

const write = `INSERT INTO khata.checkpoint (consumer, shard, position)
  SELECT g.consumer, g.shard, ${actualPosition('g.position')}
  FROM unnest($1::text[], $2::integer[], $3::bigint[]) AS g (consumer, shard, position) CROSS JOIN ${headBefore('$4')}
  ON CONFLICT (consumer, shard) DO UPDATE SET position = excluded.position`

/** Stores the checkpoints that moved. */
export function writeCheckpoints(connection: Connection, ledger: Ledger): Promise<unknown>[] {
  const list = [...ledger.writes.checkpoints].flatMap(([consumer, shards]) =>
    [...shards].map(([shard, position]) => ({ consumer, shard, position })),
  )
  if (list.length === 0) return []
  const values = [
    textArray(list.map(({ consumer }) => consumer)),
    integerArray(list.map(({ shard }) => shard)),
    bigintArray(list.map(({ position }) => position)),
    ledger.writes.events.length,
  ]
  return [connection.query(write, values)]
}
