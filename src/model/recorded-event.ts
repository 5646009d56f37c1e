import type { Position, Timestamp, Version } from './units.ts'

/** What travels with an event beside its data: who, why, from where. JSON only. */
export interface EventMetadata {
  /** Who sent the command. */
  readonly principal?: string
  /** The event that the command answered to, when a reactor or process sent it. */
  readonly causationId?: string
  /** The command's name. */
  readonly command?: string
  readonly [key: string]: unknown
}

/**
 * A fact that happened, before it has a place in the store or in its stream: what `evolve` and the handlers of inline views
 * see, also when they are run again on recorded events.
 */
export interface UnplacedEvent<Type extends string = string, Data = unknown, Category extends string = string> {
  /** UUIDv7, made before the first attempt to store the event. */
  readonly id: string
  readonly category: Category
  readonly streamId: string
  readonly type: Type
  readonly data: Data
  readonly metadata: EventMetadata
  readonly tags: readonly string[]
  /** When it happened in the business; the moment of recording unless the command said otherwise. */
  readonly occurredAt: Timestamp
  /** The command that caused the event; null when it was appended without one. */
  readonly commandId: string | null
  readonly correlationId: string | null
}

/** An event with its place in the store. Never changed, never deleted. */
export interface RecordedEvent<Type extends string = string, Data = unknown, Category extends string = string>
  extends UnplacedEvent<Type, Data, Category> {
  /** Place in the whole store. */
  readonly position: Position
  /** Place in its stream. */
  readonly version: Version
  /** When the store took it; never earlier than that of the event before. */
  readonly recordedAt: Timestamp
  /** The version of the event's schema that `data` was stored under; `data` itself is current. */
  readonly schemaVersion: number
  /**
   * Only where the log is read, not for folds and handlers: why `data` could not be brought up to date. It is then as it
   * was stored.
   */
  readonly problem?: EventProblem
}

/** What is wrong with an event that is shown nevertheless. */
export interface EventProblem {
  readonly code: 'handler-failed'
  /** Names the upcaster, the event and what happened. */
  readonly message: string
}
