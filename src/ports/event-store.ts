import type { EventQuery } from '../model/decision.ts'
import type { ConflictClause } from '../model/error.ts'
import type { Position, Version } from '../model/units.ts'
import type { ConsumerWrite, DeadLetterWrite, Note, TimerWrite } from './reaction-store.ts'
import type { ViewWrite } from './view-store.ts'
import type { CheckpointMove, GenerationWrite, LeaseProof, SnapshotWrite, StoredReceipt } from './work-store.ts'

/** An event on its way into the store: plain data, already validated and encoded. */
export interface NewEvent {
  /** UUIDv7, made before the first attempt: a repeated commit is recognised by it. */
  readonly id: string
  readonly type: string
  readonly schemaVersion: number
  /** JSON text. */
  readonly data: string
  /** JSON text of an object. */
  readonly metadata: string
  readonly tags: readonly string[]
  /** Milliseconds since 1970; null when the business said nothing. */
  readonly occurredAt: number | null
  readonly commandId: string | null
  readonly correlationId: string | null
}

/** An event as the store gives it back. */
export interface StoredEvent extends NewEvent {
  readonly position: Position
  readonly category: string
  readonly streamId: string
  readonly version: Version
  /** Milliseconds since 1970, given under the write lock: never less than that of the event before. */
  readonly recordedAt: number
}

/** Events for one stream, or, with none, only an assertion about it. */
export interface StreamAppend {
  readonly category: string
  readonly streamId: string
  /** The version the stream must be at; 0: it must not exist; null: any. */
  readonly expected: Version | null
  readonly events: readonly NewEvent[]
}

/** Fails the commit when an event that matches `query` has a position above `after`; 0: exists at all. */
export interface Condition {
  readonly query: EventQuery
  readonly after: Position
  /** What the loser is told. */
  readonly clause: ConflictClause
}

/** A command with an idempotency key, remembered with its receipt in the same commit. */
export interface CommandKey {
  readonly principal: string
  readonly command: string
  readonly key: string
  /** Of the input: the same key with another input is an error. */
  readonly inputHash: string
  /** Milliseconds since 1970; null: never forgotten. */
  readonly expiresAt: number | null
}

/**
 * The one write of an engine, as plain data: it crosses threads and processes, and there are no callbacks inside a
 * transaction. All of it happens or none; concurrent commits share one durable flush but are decided each on its own.
 */
export interface Commit {
  readonly appends?: readonly StreamAppend[]
  readonly conditions?: readonly Condition[]
  readonly command?: CommandKey
  /**
   * Documents of inline views. A view whose checkpoint is not at the head before this commit is left to its
   * asynchronous runner; otherwise its documents are written and its checkpoint moves to the new head. An inline view
   * without documents is named too, so that its checkpoint moves.
   */
  readonly inline?: readonly ViewWrite[]
  readonly documents?: readonly ViewWrite[]
  readonly checkpoints?: readonly CheckpointMove[]
  readonly snapshots?: readonly SnapshotWrite[]
  readonly generations?: readonly GenerationWrite[]
  readonly deadLetters?: readonly DeadLetterWrite[]
  readonly timers?: readonly TimerWrite[]
  readonly consumers?: readonly ConsumerWrite[]
  readonly notes?: readonly Note[]
  /** Verified inside the transaction: nothing is written by an owner whose lease has moved on. */
  readonly leases?: readonly LeaseProof[]
}

/** What became of a commit. Everything expected is a value; accidents throw. */
export type CommitOutcome =
  | {
      readonly outcome: 'committed'
      /** Position of the first event written; 0 without events. */
      readonly first: Position
      /** Position of the last event written; without events, the head. */
      readonly last: Position
      /** Milliseconds since 1970. */
      readonly recordedAt: number
      /** The version of each stream of `appends` afterwards, in that order. */
      readonly versions: readonly Version[]
      /** For each entry of `inline`: whether its documents were written. */
      readonly inline: readonly boolean[]
    }
  /** A condition or an expected version did not hold; `append` or `condition` is its index. */
  | {
      readonly outcome: 'conflict'
      readonly clause: ConflictClause
      readonly append?: number
      readonly condition?: number
      /** The version the stream is at, when an append lost. */
      readonly actual?: Version
    }
  /** The idempotency key was seen with this input: the first receipt again. */
  | { readonly outcome: 'seen'; readonly receipt: StoredReceipt }
  /** The idempotency key was seen with another input. */
  | { readonly outcome: 'key-reused' }
  /** A document of an inline view is no longer at the revision it was folded from. */
  | { readonly outcome: 'document-moved'; readonly view: string; readonly id: string }
  /** A lease was lost. */
  | { readonly outcome: 'fenced'; readonly lease: string }
  /** A checkpoint, generation, dead letter, timer or consumer was not as the caller thought. */
  | { readonly outcome: 'stale'; readonly what: string }

/** Which events of one stream to read. */
export interface StreamRange {
  readonly category: string
  readonly streamId: string
  /** First version to read; default 1. Backwards: the last one, default the newest. */
  readonly from?: Version
  /** Last version to read, forwards only. */
  readonly to?: Version
  /** Only events recorded at or before this; milliseconds since 1970. */
  readonly recordedBy?: number
  readonly backwards?: boolean
  /** At most this many. */
  readonly limit: number
}

/** Which events of the log to read. */
export interface LogRange {
  /** Events above this position; backwards: below it, 0 for "from the newest". */
  readonly after: Position
  /** Events up to this position. */
  readonly upTo?: Position
  /** Only events that match; all when left out. */
  readonly query?: EventQuery
  readonly backwards?: boolean
  readonly limit: number
}

/** A page of the log: as many events as were asked for, or fewer where they are large. */
export interface LogPage {
  readonly events: readonly StoredEvent[]
  /** Whether there may be more behind it: it ended because it was full, not because the log or the range did. */
  readonly full: boolean
  /** Everything up to here was looked at, also where nothing matched: read on from here. */
  readonly scannedTo: Position
}

/** The end of the log. */
export interface Head {
  readonly position: Position
  /** The id of the event there; null on an empty store. */
  readonly eventId: string | null
  readonly recordedAt: number
}

/** Finds events by an id: their own, their command's, or their correlation's. */
export type EventLookup =
  | { readonly ids: readonly string[] }
  | { readonly commandId: string }
  /** At most `limit` on either side of a position, those nearest to it; the event there counts with the earlier ones. */
  | { readonly correlationId: string; readonly near: Position; readonly limit: number }
  | { readonly position: Position }

/**
 * Where facts are kept. Positions are 1, 2, 3, … in commit order; a reader that has seen position n has seen
 * everything up to n. The numbered promises are in `docs/contracts/event-store.md`.
 */
export interface EventStore {
  /**
   * Writes all of a commit or nothing, durably, and says what happened.
   * @throws KhataError `store-unavailable`, `store-full`, `overloaded`, `closed`
   */
  commit(commit: Commit): Promise<CommitOutcome>
  /** Events of one stream in order. An unknown stream has none. */
  readStream(range: StreamRange): Promise<readonly StoredEvent[]>
  /** Events of the whole log in order, a page at a time. */
  readLog(range: LogRange): Promise<LogPage>
  /** Events by id, in the order of their positions. */
  lookUp(lookup: EventLookup): Promise<readonly StoredEvent[]>
  /** The end of the log. */
  head(): Promise<Head>
}
