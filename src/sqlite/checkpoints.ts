import type { CheckpointMove } from '../ports/work-store.ts'
import type { HeldCheckpoint, Session } from './session.ts'

const read = 'SELECT position FROM checkpoint WHERE consumer = ? AND shard = ?'
const write = `INSERT INTO checkpoint (consumer, shard, position) VALUES (?, ?, ?)
  ON CONFLICT (consumer, shard) DO UPDATE SET position = excluded.position`

/** The consumer name of a generation's checkpoint. */
export function generationConsumer(generation: string): string {
  return `view/${generation}`
}

/** A checkpoint as the running transaction sees it. */
export function heldCheckpoint(session: Session, consumer: string, shard: number): HeldCheckpoint {
  const key = `${shard} ${consumer}`
  const known = session.checkpoints.get(key)
  if (known) return known
  const row = session.sql(read).get(consumer, shard) as unknown as [number] | undefined
  const held = { consumer, shard, position: row?.[0] ?? 0, dirty: false }
  session.checkpoints.set(key, held)
  return held
}

/** Names the first checkpoint that is not where the caller thinks. */
export function checkCheckpoints(session: Session, moves: readonly CheckpointMove[]): string | null {
  for (const move of moves) {
    if (heldCheckpoint(session, move.consumer, move.shard).position !== move.from)
      return `checkpoint ${move.consumer}/${move.shard}`
  }
  return null
}

/** Moves a checkpoint; it is written when the transaction ends. */
export function moveCheckpoint(session: Session, consumer: string, shard: number, to: number): void {
  const held = heldCheckpoint(session, consumer, shard)
  held.position = to
  held.dirty = true
}

/** Writes the checkpoints that moved: once per transaction, however many commits moved them. */
export function writeCheckpoints(session: Session): void {
  for (const held of session.checkpoints.values()) {
    if (!held.dirty) continue
    session.sql(write).run(held.consumer, held.shard, held.position)
    held.dirty = false
  }
}
