import type { Position, Version } from '../model/units.ts'

/** The receipt of a keyed command, as it is remembered. */
export interface StoredReceipt {
  readonly streams: readonly { readonly category: string; readonly streamId: string; readonly version: Version }[]
  readonly position: Position
  readonly events: readonly { readonly id: string; readonly type: string }[]
}

/** A keyed command as a copy of its store takes it. */
export interface RememberedCommand {
  readonly principal: string
  readonly command: string
  readonly key: string
  readonly inputHash: string
  readonly receipt: StoredReceipt
  /** Milliseconds since 1970; null: never forgotten. */
  readonly expiresAt: number | null
  /** Milliseconds since 1970, given under the write lock. */
  readonly recordedAt: number
}

/** Which remembered commands to read, in the order of sender, command and key, each by its bytes in UTF-8. */
export interface RememberedRange {
  /** Behind this one. */
  readonly after: Pick<RememberedCommand, 'principal' | 'command' | 'key'> | null
  /** With a receipt at this position or behind it. What is recorded later has none before it, whatever a clock does. */
  readonly since: Position
  /** With a receipt up to this position. */
  readonly upTo: Position
  readonly limit: number
}

/** Moves a consumer's checkpoint, in the commit that holds what it did. */
export interface CheckpointMove {
  readonly consumer: string
  readonly shard: number
  /** Where the caller thinks it is; the commit is `stale` when it is not. 0 for none. */
  readonly from: Position
  readonly to: Position
}

/** A stored state of an aggregate. */
export interface Snapshot {
  readonly version: Version
  /** JSON text. */
  readonly state: string
  /** The id of the stream's event at `version`: a snapshot of another history is not used. */
  readonly eventId: string
}

/** Names the snapshots that one release may use. */
export interface SnapshotKey {
  readonly category: string
  readonly streamId: string
  readonly stateVersion: number
  /** Of event schemas and initial state: two releases do not overwrite each other. */
  readonly fingerprint: string
}

/** A snapshot to be stored; it replaces an older one of the same key. */
export type SnapshotWrite = SnapshotKey & Snapshot

/** Proof of ownership: the token that the lease was given with. */
export interface LeaseProof {
  readonly name: string
  readonly token: number
}

/** A lease as it is stored. */
export interface Lease extends LeaseProof {
  readonly owner: string
  /** Milliseconds since 1970, by the store's clock. */
  readonly expiresAt: number
}

/** A lease that somebody has. */
export interface HeldLease extends Lease {
  /** Its time is over, or its owner is known to have ended: whoever asks gets it. */
  readonly lapsed: boolean
}

/** Where a generation of a view is in its life. */
export type GenerationState = 'requested' | 'building' | 'live' | 'retired' | 'cancelled' | 'failed'

/** One version of a view, with its own table, checkpoint and lease. */
export interface Generation {
  /** Lower-case letters, digits, `_`; names its table, checkpoint and lease. */
  readonly id: string
  readonly view: string
  /** The version that the projection declares. */
  readonly version: number
  /** Of what the view's table must provide. */
  readonly fingerprint: string
  readonly state: GenerationState
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Milliseconds since 1970 of its last change of state. */
  readonly changedAt: number
  /** Why it failed; null otherwise. */
  readonly error: string | null
}

/** Adds a generation or changes its state. */
export interface GenerationWrite {
  readonly generation: Generation
  /** The state it must be in; null: it must not exist. The commit is `stale` otherwise. */
  readonly expected: GenerationState | null
  /** The commit is `stale` when this generation's checkpoint is below that of the one with this id. */
  readonly notBehind?: string
}

/** A command key to look up. */
export interface ReceiptKey {
  readonly principal: string
  readonly command: string
  readonly key: string
}

/** What consumers, the command bus and views remember between runs. Written by commits; this is what reads it. */
export interface WorkStore {
  /** The checkpoints of a consumer by shard: every shard that a commit has named, be it at 0. */
  checkpoints(consumer: string): Promise<ReadonlyMap<number, Position>>
  /**
   * Takes or renews a lease for `ttlMs`; null when somebody else has it. A new owner gets a higher token. Owners are
   * called `host:process id:…`, so that an engine on one machine can tell an owner that is gone from one that is slow.
   */
  lease(name: string, owner: string, ttlMs: number): Promise<Lease | null>
  /** Gives a lease back before its time; nothing happens when it moved on. */
  release(proof: LeaseProof): Promise<void>
  /** The leases that somebody has whose names begin so, by name; those that were given back are left out. */
  leases(prefix: string): Promise<readonly HeldLease[]>
  /** The newest snapshot of a key at or below a version. */
  snapshot(key: SnapshotKey, atMost?: Version): Promise<Snapshot | null>
  /** The receipt of a keyed command with the hash of its input; null when there is none or it has expired. */
  receipt(key: ReceiptKey): Promise<{ readonly receipt: StoredReceipt; readonly inputHash: string } | null>
  /** Generations of a view, or of all, oldest first. */
  generations(view?: string): Promise<readonly Generation[]>
}
