/**
 * The store as one transaction sees it: what was read under the write lock, with what the transaction itself has decided
 * on top. Decisions read and change this alone; what it holds at the end is written in one piece.
 */
import type { Condition, StoredEvent } from '../ports/event-store.ts'
import type { ConsumerState, DeadLetter } from '../ports/reaction-store.ts'
import type { DocumentWrite, ViewShape } from '../ports/view-store.ts'
import type { GenerationState, GenerationWrite, Lease, SnapshotWrite, StoredReceipt } from '../ports/work-store.ts'
import type { Value } from './connection.ts'

/** A command that was seen, as it is stored. */
export interface StoredCommand {
  readonly inputHash: string
  readonly receipt: StoredReceipt
  readonly expiresAt: number | null
}

/** A remembered command on its way into the store. */
export interface CommandWrite extends StoredCommand {
  readonly principal: string
  readonly command: string
  readonly key: string
}

/** Where an event is. */
export interface Place {
  readonly position: number
  readonly category: string
  readonly streamId: string
  readonly version: number
  readonly recordedAt: number
}

/** A document on its way into the store. */
export interface PlacedDocument {
  readonly document: DocumentWrite
  readonly position: number
}

/** A dead letter, as far as decisions look at it. */
export type LetterPlace = Pick<DeadLetter, 'id' | 'consumer' | 'lane' | 'changedAt'>

/** What was read under the lock. Maps hold what was asked for: a name without an entry is not in the store. */
export interface Facts {
  /** Milliseconds since 1970; null: the server's clock is read when the events are written. */
  readonly now: number | null
  readonly head: number
  readonly lastRecordedAt: number
  /** Whether the newest event that was seen is in its place; otherwise the store was restored. */
  readonly knownHolds: boolean
  /** By {@link streamKey}. */
  readonly versions: ReadonlyMap<string, number>
  /** The conditions that an event of the store fails. */
  readonly failed: ReadonlySet<Condition>
  /** By {@link commandKey}. */
  readonly commands: ReadonlyMap<string, StoredCommand>
  readonly leases: ReadonlyMap<string, Lease>
  /** By consumer, then shard. */
  readonly checkpoints: ReadonlyMap<string, ReadonlyMap<number, number>>
  /** By generation, then document. */
  readonly revisions: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly shapes: ReadonlyMap<string, ViewShape>
  readonly generations: ReadonlyMap<string, GenerationState>
  readonly letters: readonly LetterPlace[]
  /** When each timer is due. */
  readonly timers: ReadonlyMap<string, number>
  readonly consumers: ReadonlyMap<string, ConsumerState['state']>
  /** Of event ids that were looked up; null: not in the store. */
  readonly places: ReadonlyMap<string, Place | null>
}

/** The facts with the decisions of the running transaction on top. */
export interface Ledger {
  readonly facts: Facts
  head: number
  lastRecordedAt: number
  readonly versions: Map<string, number>
  readonly commands: Map<string, StoredCommand>
  readonly leases: Map<string, Lease>
  readonly checkpoints: Map<string, Map<number, number>>
  readonly revisions: Map<string, Map<string, number>>
  readonly generations: Map<string, GenerationState>
  /** By {@link laneKey}: a lane has one letter at most. */
  readonly letters: Map<string, LetterPlace>
  /** By the letter's id. */
  readonly lanes: Map<string, string>
  readonly timers: Map<string, number>
  readonly consumers: Map<string, ConsumerState['state']>
  /** Event ids that a decision needs and nobody looked up: the decisions are made again with them. */
  readonly unknownIds: Set<string>
  readonly writes: Writes
}

/** What a transaction will write. */
export interface Writes {
  readonly events: StoredEvent[]
  readonly commands: Map<string, CommandWrite>
  readonly leases: Map<string, Lease>
  readonly checkpoints: Map<string, Map<number, number>>
  /** By generation, then document. */
  readonly documents: Map<string, Map<string, PlacedDocument>>
  readonly snapshots: Map<string, SnapshotWrite>
  readonly generations: Map<string, GenerationWrite['generation']>
  /** Statements that are seldom and run in their order. */
  readonly others: (readonly [text: string, values: readonly Value[]])[]
}

/** Names a stream in a map; no name or id holds U+0000. */
export function streamKey(category: string, streamId: string): string {
  return `${category}\u0000${streamId}`
}

/** Names a command in a map. */
export function commandKey(key: { readonly principal: string; readonly command: string; readonly key: string }): string {
  return `${key.principal}\u0000${key.command}\u0000${key.key}`
}

/** Names the lane of a dead letter in a map. */
export function laneKey({ consumer, lane }: Pick<DeadLetter, 'consumer' | 'lane'>): string {
  return `${consumer}\u0000${lane}`
}

function copied<V>(maps: ReadonlyMap<string, ReadonlyMap<number, V>>): Map<string, Map<number, V>>
function copied<V>(maps: ReadonlyMap<string, ReadonlyMap<string, V>>): Map<string, Map<string, V>>
function copied<K, V>(maps: ReadonlyMap<string, ReadonlyMap<K, V>>): Map<string, Map<K, V>> {
  return new Map([...maps].map(([name, map]) => [name, new Map(map)]))
}

/** Starts deciding on facts. */
export function startLedger(facts: Facts): Ledger {
  return {
    facts,
    head: facts.head,
    lastRecordedAt: facts.lastRecordedAt,
    versions: new Map(facts.versions),
    commands: new Map(facts.commands),
    leases: new Map(facts.leases),
    checkpoints: copied(facts.checkpoints),
    revisions: copied(facts.revisions),
    generations: new Map(facts.generations),
    letters: new Map(facts.letters.map((letter) => [laneKey(letter), letter])),
    lanes: new Map(facts.letters.map((letter) => [letter.id, laneKey(letter)])),
    timers: new Map(facts.timers),
    consumers: new Map(facts.consumers),
    unknownIds: new Set(),
    writes: {
      events: [],
      commands: new Map(),
      leases: new Map(),
      checkpoints: new Map(),
      documents: new Map(),
      snapshots: new Map(),
      generations: new Map(),
      others: [],
    },
  }
}
