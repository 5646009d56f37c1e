import type { EventMetadata } from './recorded-event.ts'
import type { Rejection } from './rejection.ts'
import type { Timestamp, Version } from './units.ts'

/** Chooses events: those that match any item; an item matches events of any of its types that carry all its tags. */
export type EventQuery = readonly EventQueryItem[]

/** One alternative of an {@link EventQuery}. Empty lists mean "any". */
export interface EventQueryItem {
  readonly types?: readonly string[]
  readonly tags?: readonly string[]
  readonly categories?: readonly string[]
}

/** Types that a team may widen: `declare module 'khata' { interface Register { user: { id: string } } }`. */
// biome-ignore lint/suspicious/noEmptyInterface: only an interface can be widened by another module
export interface Register {}

/**
 * Who sent a command: what the authentication of the app made of it. Its `id`, text, a number or a bigint, tells senders
 * apart: without one, there are no idempotency keys.
 */
export type User = Register extends { user: infer U } ? U : { readonly id: string; readonly roles?: readonly string[] } | null

/** What a decision may know beside its input and state: handed in, so that `decide` stays pure. */
export interface DecisionContext {
  /** The stream the command is about. */
  readonly streamId: string
  /** The version of the state that is decided on; 0 when there is no stream yet, and for a boundary, which has none. */
  readonly version: Version
  readonly now: Date
  readonly occurredAt: Timestamp
  readonly commandId: string
  /** A new UUIDv7. The same call in a decision that is repeated gives another one. */
  readonly newId: () => string
  readonly user: User
  readonly metadata: EventMetadata
}

/** An event that a decision writes, of the aggregate's own stream. */
export type EventOf<Events> = {
  [K in keyof Events & string]: { readonly type: K; readonly data: Events[K]; readonly occurredAt?: Timestamp }
}[keyof Events & string]

/** An event for another stream than the command's own: `other.to(id, event)`. */
export interface EventElsewhere {
  readonly to: { readonly category: string; readonly id: string }
  readonly event: { readonly type: string; readonly data: unknown; readonly occurredAt?: Timestamp }
}

/** A guard of {@link absent}; when it fails, the command is rejected with the code. */
export interface AbsentGuard<Code extends string = string> {
  readonly absent: EventQuery
  readonly code: Code
}

/** A guard that a stream is at a version: `other.at(id, version)`. */
export interface VersionGuard {
  readonly at: { readonly category: string; readonly id: string }
  readonly version: Version
}

/** Something that must hold when the decision is stored, beside the version it was made on. */
export type Guard = AbsentGuard | VersionGuard

/** What `decide` returns: an event, a list of them, nothing, or a rejection. */
export type Decision<Events> =
  | Rejection
  | EventOf<Events>
  | readonly (EventOf<Events> | EventElsewhere | Guard)[]
  | null
  | undefined

/**
 * A guard: no event that matches exists anywhere in the store when the decision is stored. When one does, the command
 * is rejected with the code. Keeps things unique that no stream can guard, such as an e-mail address.
 */
export function absent(query: EventQuery): AbsentGuard<'taken'>
export function absent<const Code extends string>(query: EventQuery, code: Code): AbsentGuard<Code>
export function absent(query: EventQuery, code = 'taken'): AbsentGuard {
  return { absent: query, code }
}

type CodeOfGuard<Item> = Item extends AbsentGuard<infer Code> ? Code : never

/** The rejection codes of a command, from what its `decide` returns: rejections, and guards that may fail. */
export type CodeOf<R> = R extends Rejection<infer Code> ? Code : R extends readonly (infer Item)[] ? CodeOfGuard<Item> : never
