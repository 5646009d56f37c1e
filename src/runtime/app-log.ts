/** The log as an app shows it. */
import type { EventQuery } from '../model/decision.ts'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { Position, Timestamp, Token, Version } from '../model/units.ts'

/** Which events to follow or page through. */
export interface EventFilter {
  readonly types?: readonly string[]
  readonly categories?: readonly string[]
  readonly tags?: readonly string[]
}

/** The log as an app shows it: decoded and upcast. An event that cannot be has the data of then, and a `problem`. */
export interface EventLog {
  head(): Promise<{ readonly position: Position; readonly token: Token }>
  /** A page of the log in order, newest first when `backwards`. `next` goes on; it is given on the last page too. */
  read(
    options?: EventFilter & {
      readonly after?: Token | Position
      readonly limit?: number
      readonly backwards?: boolean
    },
  ): Promise<{ readonly events: readonly RecordedEvent[]; readonly next: Token; readonly end: boolean }>
  /** Events that match any item of a query. */
  match(query: EventQuery, options?: { readonly after?: Position; readonly limit?: number }): Promise<readonly RecordedEvent[]>
  /** Events of one stream in order. */
  stream(
    category: string,
    id: string,
    options?: {
      readonly from?: Version
      readonly to?: Version
      readonly limit?: number
      readonly backwards?: boolean
    },
  ): Promise<readonly RecordedEvent[]>
  /**
   * Follows the log: what is there after a place (default: the beginning), then what comes, in order, without a gap. Reads no faster than the
   * loop asks. `previous` is the token of the event delivered before, so that a client can see a hole.
   */
  follow(
    options?: EventFilter & {
      readonly after?: Token | Position
      readonly signal?: AbortSignal
    },
  ): AsyncIterable<{ readonly event: RecordedEvent; readonly token: Token; readonly previous: Token }>
  /**
   * The causation tree that an event belongs to, as far as its correlation's 1,000 nearest events on either side, 64
   * causes above it and 256 nodes of depth go. Throws `unknown-event`.
   */
  trace(eventId: string): Promise<TraceNode>
  /** The token of a position. */
  token(position: Position): Promise<Token>
}

/** A command, an event, or what a reactor or process made of an event, in a causation tree. */
export interface TraceNode {
  readonly kind: 'command' | 'event' | 'reaction'
  /** Command id or event id; for a reaction, its consumer and the event. */
  readonly id: string
  /** Command name, event type, or `reactor/name`. */
  readonly name: string
  /** Events only. */
  readonly event?: RecordedEvent
  /** Commands only: who sent it. */
  readonly principal?: string
  /** Reactions only. Plain successes are inferred from the consumer's checkpoint. */
  readonly outcome?: ReactionOutcome
  /** Reactions only: what is known beside the outcome, such as failed attempts and rejected commands. */
  readonly notes?: readonly { readonly at: Timestamp; readonly kind: string; readonly detail: unknown }[]
  readonly at: Timestamp | null
  readonly children: readonly TraceNode[]
  /** There is more below this node than is shown; at the root: parts of the tree may be left out, above it too. */
  readonly truncated?: true
}

/** What became of an event in a reactor or process. */
export type ReactionOutcome = 'done' | 'waiting' | 'retrying' | 'parked' | 'skipped' | 'discarded'
