import type { Generation, GenerationState, StoredReceipt, WorkStore } from '../ports/work-store.ts'
import type { Connection } from './connection.ts'
import { heldLeases } from './leases.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

type GenerationRow = [string, string, number, string, GenerationState, number, number, string | null]

function readGenerations(connection: Connection, view: string | undefined): Generation[] {
  const columns = 'id, view, version, fingerprint, state, started_at, changed_at, error'
  const order = 'ORDER BY started_at, version, id'
  const rows =
    view === undefined
      ? connection.sql(`SELECT ${columns} FROM generation ${order}`).all()
      : connection.sql(`SELECT ${columns} FROM generation WHERE view = ? ${order}`).all(view)
  return (rows as unknown as GenerationRow[]).map(([id, name, version, fingerprint, state, startedAt, changedAt, error]) => ({
    id,
    view: name,
    version,
    fingerprint,
    state,
    startedAt,
    changedAt,
    error,
  }))
}

const snapshotOf = `SELECT version, state, event_id FROM snapshot
  WHERE tenant = '' AND category = ? AND stream_id = ? AND state_version = ? AND fingerprint = ? AND version <= ?`
const receiptOf = `SELECT receipt, input_hash, expires_at FROM command
  WHERE tenant = '' AND principal = ? AND command = ? AND key = ?`

/** What is remembered between runs, read on this thread; leases go through the writer. */
export function workStore(reader: Reader, writer: Writer, clock: () => number): WorkStore {
  return {
    checkpoints: (consumer) =>
      reader.read((connection) => {
        const rows = connection.sql('SELECT shard, position FROM checkpoint WHERE consumer = ?').all(consumer)
        return new Map(rows as unknown as [number, number][])
      }),
    lease: (name, owner, ttlMs) => writer.submit({ kind: 'lease', name, owner, ttlMs }),
    release: async (proof) => {
      await writer.submit({ kind: 'release', proof })
    },
    leases: (prefix) => reader.read((connection) => heldLeases(connection, prefix, clock())),
    snapshot: (key, atMost) =>
      reader.read((connection) => {
        const bound = atMost ?? Number.MAX_SAFE_INTEGER
        const statement = connection.sql(snapshotOf)
        const row = statement.get(key.category, key.streamId, key.stateVersion, key.fingerprint, bound) as unknown as
          | [number, string, string]
          | undefined
        return row ? { version: row[0], state: row[1], eventId: row[2] } : null
      }),
    receipt: (key) =>
      reader.read((connection) => {
        const row = connection.sql(receiptOf).get(key.principal, key.command, key.key) as unknown as
          | [string, string, number | null]
          | undefined
        if (!row || (row[2] !== null && row[2] <= clock())) return null
        return { receipt: JSON.parse(row[0]) as StoredReceipt, inputHash: row[1] }
      }),
    generations: (view) => reader.read((connection) => readGenerations(connection, view)),
  }
}
