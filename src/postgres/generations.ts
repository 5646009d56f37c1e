import type { GenerationState, GenerationWrite } from '../ports/work-store.ts'
import { textArray } from './binary-arrays.ts'
import { checkpointIn, generationConsumer } from './checkpoints.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'

const read = 'SELECT id, state FROM khata.generation WHERE id = ANY ($1::text[])'

/** The states of some generations by id. */
export async function readGenerationStates(
  connection: Connection,
  ids: ReadonlySet<string>,
): Promise<Map<string, GenerationState>> {
  if (ids.size === 0) return new Map()
  return new Map(await connection.query<[string, GenerationState]>(read, [textArray([...ids])]))
}

/** How far a generation is: the smallest of its checkpoints. */
function reached(ledger: Ledger, generation: string): number {
  const consumer = generationConsumer(generation)
  const shards = ledger.checkpoints.get(consumer)
  return shards && shards.size > 0 ? Math.min(...shards.values()) : checkpointIn(ledger, consumer, 0)
}

/** Names the first generation that is not as the caller thinks. */
export function checkGenerations(ledger: Ledger, writes: readonly GenerationWrite[]): string | null {
  for (const { generation, expected, notBehind } of writes) {
    if ((ledger.generations.get(generation.id) ?? null) !== expected) return `generation ${generation.id}`
    if (notBehind !== undefined && reached(ledger, generation.id) < reached(ledger, notBehind)) {
      return `generation ${generation.id} is behind ${notBehind}`
    }
  }
  return null
}

/** Adds generations or changes their state. */
export function placeGenerations(ledger: Ledger, writes: readonly GenerationWrite[]): void {
  for (const { generation } of writes) {
    ledger.generations.set(generation.id, generation.state)
    ledger.writes.generations.set(generation.id, generation)
  }
}

const write = `INSERT INTO khata.generation (id, view, version, fingerprint, state, started_at, changed_at, error)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (id) DO UPDATE SET view = excluded.view, version = excluded.version, fingerprint = excluded.fingerprint,
    state = excluded.state, started_at = excluded.started_at, changed_at = excluded.changed_at, error = excluded.error`

/** Stores the generations that changed. */
export function writeGenerations(connection: Connection, ledger: Ledger): Promise<unknown>[] {
  return [...ledger.writes.generations.values()].map((g) =>
    connection.query(write, [g.id, g.view, g.version, g.fingerprint, g.state, g.startedAt, g.changedAt, g.error]),
  )
}
