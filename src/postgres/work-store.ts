import type { Generation, GenerationState, WorkStore } from '../ports/work-store.ts'
import { receiptAt } from './command-keys.ts'
import { heldLeases } from './leases.ts'
import type { PostgresSettings } from './options.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type GenerationRow = [string, string, number, string, GenerationState, number, number, string | null]

function generationOf([id, view, version, fingerprint, state, startedAt, changedAt, error]: GenerationRow): Generation {
  return { id, view, version, fingerprint, state, startedAt, changedAt, error }
}

const checkpointsOf = 'SELECT shard, position FROM khata.checkpoint WHERE consumer = $1'
const snapshotOf = `SELECT version, state, event_id FROM khata.snapshot
  WHERE tenant = '' AND category = $1 AND stream_id = $2 AND state_version = $3 AND fingerprint = $4 AND version <= $5`
const receiptOf = `SELECT receipt, position, input_hash FROM khata.command
  WHERE tenant = '' AND principal = $1 AND command = $2 AND key = $3
    AND (expires_at IS NULL OR expires_at > coalesce($4, (extract(epoch FROM clock_timestamp()) * 1000)::bigint))`
const generationsText = `SELECT id, view, version, fingerprint, state, started_at, changed_at, error FROM khata.generation
  WHERE $1::text IS NULL OR view = $1 ORDER BY started_at, version, id`

/** What is remembered between runs; leases go through the writer. */
export function workStore(reader: Reader, writer: Writer, { clock }: PostgresSettings): WorkStore {
  return {
    checkpoints: (consumer) =>
      reader.read(async (connection) => new Map(await connection.query<[number, number]>(checkpointsOf, [consumer]))),
    lease: (name, owner, ttlMs) => writer.submit({ kind: 'lease', name, owner, ttlMs }),
    release: async (proof) => {
      await writer.submit({ kind: 'release', proof })
    },
    leases: (prefix) => reader.read((connection) => heldLeases(connection, prefix, clock?.() ?? null)),
    snapshot: (key, atMost = Number.MAX_SAFE_INTEGER) =>
      reader.read(async (connection) => {
        const values = [key.category, key.streamId, key.stateVersion, key.fingerprint, atMost]
        const [row] = await connection.query<[number, string, string]>(snapshotOf, values)
        return row ? { version: row[0], state: row[1], eventId: row[2] } : null
      }),
    receipt: (key) =>
      reader.read(async (connection) => {
        const values = [key.principal, key.command, key.key, clock?.() ?? null]
        const [row] = await connection.query<[string, number, string]>(receiptOf, values)
        return row ? { receipt: receiptAt(row[0], row[1]), inputHash: row[2] } : null
      }),
    generations: (view) =>
      reader.read(async (connection) => {
        const rows = await connection.query<GenerationRow>(generationsText, [view ?? null])
        return rows.map(generationOf)
      }),
  }
}
