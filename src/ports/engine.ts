/// <reference lib="esnext.disposable" preserve="true" />
// `AsyncDisposable`, also for projects whose own settings do not name it.
import type { EventStore, StoredEvent } from './event-store.ts'
import type { ReactionStore } from './reaction-store.ts'
import type { ViewStore } from './view-store.ts'
import type { RememberedCommand, RememberedRange, WorkStore } from './work-store.ts'

/** Which store this is. */
export interface Identity {
  readonly storeId: string
  /** Changes when the store is adopted, as after a restore or copy: tokens of another epoch are refused. */
  readonly epoch: string
  /** Where the store was last adopted or made: system and place. */
  readonly home: string
  /** Where it is now; another home means that it was copied or moved. */
  readonly here: string
}

/**
 * What may be done to a store's tables when it is opened: `make` them where there are none, and bring them up to date;
 * `update` them only; or `keep` them as they are. What is not allowed and would have to be done is an error.
 */
export type TablesOption = 'make' | 'update' | 'keep'

/** How an engine is opened; all have defaults. */
export interface EngineOptions {
  /** What may be done to the tables. Default `make`. */
  readonly tables?: TablesOption
  /** Milliseconds since 1970. */
  readonly clock?: () => number
  /** Commits that may wait; more are refused as `overloaded`. Default 10,000. */
  readonly queueLimit?: number
  /** Bytes of events and documents that may wait; more are refused as `overloaded`. Default 64 MiB. */
  readonly queueBytes?: number
}

/** All the stores of one engine: they share its transaction. */
export interface Engine extends AsyncDisposable {
  /** For messages: the store's URL without secrets. */
  readonly name: string
  readonly events: EventStore
  readonly views: ViewStore
  readonly work: WorkStore
  readonly reactions: ReactionStore
  /** Into how many shards a view that is fed asynchronously is divided, so that so many processes can share it. */
  readonly viewShards: number
  identity(): Promise<Identity>
  /** Gives the store a new epoch and this home. */
  adopt(): Promise<Identity>
  /**
   * Calls back soon after commits by this process or others; a hint to look at the head, never a promise. `lost`: a commit
   * found that events which were seen are gone, because the store was restored; its answer is not given before.
   */
  onCommit(listener: (lost?: boolean) => void): () => void
  /** Looks for what cannot be: gaps in positions and versions, missing tags, a head that does not agree. */
  verify(progress?: (done: number, total: number) => void): Promise<readonly string[]>
  /** Writes a complete log into an empty store, ids, positions, versions and times kept; call with batches in order. */
  importLog(events: readonly StoredEvent[]): Promise<void>
  /** Idempotency keys with their receipts, also those whose time is over, a page at a time: for copies. */
  rememberedCommands(range: RememberedRange): Promise<readonly RememberedCommand[]>
  /** Remembers commands of another store whose events are here; of two entries of a key that with the later receipt stays. */
  importCommands(commands: readonly RememberedCommand[]): Promise<void>
  /**
   * Finishes what was accepted, then closes. When `late` fires, what still waits for a server is cut off and fails as
   * `store-unavailable`: whether commits among it were made is unknown.
   */
  close(late?: AbortSignal): Promise<void>
}
