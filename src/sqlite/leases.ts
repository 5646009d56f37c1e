import { hostname } from 'node:os'
import type { HeldLease, Lease, LeaseProof } from '../ports/work-store.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

const read = 'SELECT owner, token, expires_at FROM lease WHERE name = ?'
const write = `INSERT INTO lease (name, owner, token, expires_at) VALUES (?, ?, ?, ?)
  ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, token = excluded.token, expires_at = excluded.expires_at`

type Row = [owner: string, token: number, expiresAt: number]

/** The owner of a lease that was given back. The row stays: tokens never go down. */
const nobody = ''

/** Whether an owner was a process of this machine that has ended: its lease need not be waited for. */
function isGone(owner: string): boolean {
  const [host, pid] = owner.split(':')
  if (host !== hostname() || !/^[0-9]+$/.test(pid ?? '')) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

const heldWith = `SELECT name, owner, token, expires_at FROM lease
  WHERE substr(name, 1, length(?1)) = ?1 AND owner <> '${nobody}' ORDER BY name`

/** The leases that somebody has whose names begin so. */
export function heldLeases(connection: Connection, prefix: string, now: number): readonly HeldLease[] {
  const rows = connection.sql(heldWith).all(prefix) as unknown as [name: string, ...Row][]
  return rows.map(([name, owner, token, expiresAt]) => {
    return { name, owner, token, expiresAt, lapsed: expiresAt <= now || isGone(owner) }
  })
}

/** Takes or renews a lease; null when somebody else has it. */
export function takeLease(
  session: Session,
  { name, owner, ttlMs }: { readonly name: string; readonly owner: string; readonly ttlMs: number },
  now: number,
): Lease | null {
  const row = session.sql(read).get(name) as unknown as Row | undefined
  const renewed = row !== undefined && row[0] === owner
  if (row && !renewed && row[0] !== nobody && row[2] > now && !isGone(row[0])) return null
  const token = renewed ? row[1] : (row?.[1] ?? 0) + 1
  const expiresAt = now + ttlMs
  session.sql(write).run(name, owner, token, expiresAt)
  return { name, owner, token, expiresAt }
}

/** Gives a lease back; nothing happens when it moved on. */
export function giveLease(session: Session, proof: LeaseProof): void {
  session.sql(`UPDATE lease SET owner = '${nobody}', expires_at = 0 WHERE name = ? AND token = ?`).run(proof.name, proof.token)
}

/** Names the first lease whose proof no longer holds. An expired lease that nobody took is still its owner's. */
export function fencedLease(session: Session, proofs: readonly LeaseProof[]): string | null {
  for (const proof of proofs) {
    const row = session.sql(read).get(proof.name) as unknown as Row | undefined
    if (!row || row[1] !== proof.token || row[0] === nobody) return proof.name
  }
  return null
}
