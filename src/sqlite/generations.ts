import type { GenerationWrite } from '../ports/work-store.ts'
import { generationConsumer, heldCheckpoint } from './checkpoints.ts'
import type { Session } from './session.ts'

const stateOf = 'SELECT state FROM generation WHERE id = ?'
const shardsOf = 'SELECT shard FROM checkpoint WHERE consumer = ?'
const write = `INSERT INTO generation (id, view, version, fingerprint, state, started_at, changed_at, error)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET view = excluded.view, version = excluded.version, fingerprint = excluded.fingerprint,
    state = excluded.state, started_at = excluded.started_at, changed_at = excluded.changed_at, error = excluded.error`

/** How far a generation is: the smallest of its checkpoints. */
function reached(session: Session, generation: string): number {
  const consumer = generationConsumer(generation)
  const stored = session.sql(shardsOf).all(consumer) as unknown as [number][]
  const shards = new Set([0, ...stored.map(([shard]) => shard)])
  if (stored.length > 0 && !stored.some(([shard]) => shard === 0)) shards.delete(0)
  return Math.min(...[...shards].map((shard) => heldCheckpoint(session, consumer, shard).position))
}

/** Names the first generation that is not as the caller thinks. */
export function checkGenerations(session: Session, writes: readonly GenerationWrite[]): string | null {
  for (const { generation, expected, notBehind } of writes) {
    const row = session.sql(stateOf).get(generation.id) as unknown as [string] | undefined
    if ((row?.[0] ?? null) !== expected) return `generation ${generation.id}`
    if (notBehind !== undefined && reached(session, generation.id) < reached(session, notBehind)) {
      return `generation ${generation.id} is behind ${notBehind}`
    }
  }
  return null
}

/** Adds generations or changes their state. */
export function writeGenerations(session: Session, writes: readonly GenerationWrite[]): void {
  for (const { generation: g } of writes) {
    session.sql(write).run(g.id, g.view, g.version, g.fingerprint, g.state, g.startedAt, g.changedAt, g.error)
  }
}
