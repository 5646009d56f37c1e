import type { HeldLease, Lease, LeaseProof } from '../ports/work-store.ts'
import { bigintArray, textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'

const read = 'SELECT name, owner, token, expires_at FROM khata.lease WHERE name = ANY ($1::text[])'

/** The owner of a lease that was given back. The row stays: tokens never go down. */
const nobody = ''

/** Some leases by name. */
export async function readLeases(connection: Connection, names: ReadonlySet<string>): Promise<Map<string, Lease>> {
  if (names.size === 0) return new Map()
  const rows = await connection.query<[string, string, number, number]>(read, [textArray([...names])])
  return new Map(rows.map(([name, owner, token, expiresAt]) => [name, { name, owner, token, expiresAt }]))
}

const heldWith = `SELECT name, owner, token, expires_at,
    expires_at <= coalesce($2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
  FROM khata.lease WHERE starts_with(name, $1) AND owner <> '${nobody}' ORDER BY name`

/** The leases that somebody has whose names begin so. `now`: the time, when the app brought its own clock. */
export async function heldLeases(connection: Connection, prefix: string, now: number | null): Promise<readonly HeldLease[]> {
  const rows = await connection.query<[string, string, number, number, boolean]>(heldWith, [prefix, now])
  return rows.map(([name, owner, token, expiresAt, lapsed]) => ({ name, owner, token, expiresAt, lapsed }))
}

function keep(ledger: Ledger, lease: Lease): void {
  ledger.leases.set(lease.name, lease)
  ledger.writes.leases.set(lease.name, lease)
}

/** Takes or renews a lease; null when somebody else has it. All times are the database's. */
export function takeLease(
  ledger: Ledger,
  { name, owner, ttlMs }: { readonly name: string; readonly owner: string; readonly ttlMs: number },
): Lease | null {
  const now = ledger.facts.now ?? 0
  const held = ledger.leases.get(name)
  const renewed = held?.owner === owner
  if (held && !renewed && held.owner !== nobody && held.expiresAt > now) return null
  const token = renewed ? held.token : (held?.token ?? 0) + 1
  const lease = { name, owner, token, expiresAt: now + ttlMs }
  keep(ledger, lease)
  return lease
}

/** Gives a lease back; nothing happens when it moved on. */
export function giveLease(ledger: Ledger, proof: LeaseProof): void {
  const held = ledger.leases.get(proof.name)
  if (held?.token === proof.token) keep(ledger, { ...held, owner: nobody, expiresAt: 0 })
}

/** Names the first lease whose proof no longer holds. An expired lease that nobody took is still its owner's. */
export function fencedLease(ledger: Ledger, proofs: readonly LeaseProof[]): string | null {
  for (const proof of proofs) {
    const held = ledger.leases.get(proof.name)
    if (!held || held.token !== proof.token || held.owner === nobody) return proof.name
  }
  return null
}

const write = `INSERT INTO khata.lease (name, owner, token, expires_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[])
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, token = excluded.token, expires_at = excluded.expires_at`

/** Stores the leases that changed. */
export function writeLeases(connection: Connection, ledger: Ledger): Promise<unknown>[] {
  const list = [...ledger.writes.leases.values()]
  if (list.length === 0) return []
  const values = [
    textArray(list.map(({ name }) => name)),
    textArray(list.map(({ owner }) => owner)),
    bigintArray(list.map(({ token }) => token)),
    bigintArray(list.map(({ expiresAt }) => expiresAt)),
  ]
  return [connection.query(write, values)]
}
