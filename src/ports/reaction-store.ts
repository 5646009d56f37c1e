import type { Position } from '../model/units.ts'

/**
 * The first event of a lane that a consumer could not handle. The lane waits behind it: what comes later in the lane is
 * read from the log again when the letter is retried or discarded. A consumer has at most one letter for a lane.
 */
export interface DeadLetter {
  /** UUIDv7. */
  readonly id: string
  /** `reactor/name` or `process/name`; `view/name` for a projection. */
  readonly consumer: string
  /** The order that is kept: `category/id` of a stream; a document's id in a projection. */
  readonly lane: string
  /** The lane's first event that is not handled. */
  readonly position: Position
  readonly eventId: string
  readonly eventType: string
  /** `parked` waits for somebody; `retrying` is tried again by itself; `discarding` will be left out. */
  readonly state: 'parked' | 'retrying' | 'discarding'
  /** One line: what went wrong, or the reason the handler gave. */
  readonly error: string
  readonly stack: string | null
  /** How often the event was tried. */
  readonly attempts: number
  /** The version of the code that failed last, as the app names it. */
  readonly codeVersion: string | null
  /** JSON text of data to be used instead of the event's; the event itself is never changed. */
  readonly correction: string | null
  /** Milliseconds since 1970: when it was parked first. */
  readonly parkedAt: number
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/** Adds, changes or removes a dead letter. The commit is `stale` when it is not as expected. */
export type DeadLetterWrite =
  /** `expected`: the `changedAt` of the lane's letter as last read; null: the consumer must have none for the lane. */
  { readonly letter: DeadLetter; readonly expected: number | null } | { readonly remove: string; readonly expected: number }

/** Something that is due at a time. */
export interface Timer {
  /** Unique; setting a timer that is there moves it. */
  readonly id: string
  /** Who it is for: `process/name`, `schedule/name`, `reactor/name/letter`. */
  readonly consumer: string
  /** Milliseconds since 1970. */
  readonly dueAt: number
  /** JSON text. */
  readonly body: string
}

/** Sets, cancels or uses up a timer. */
export type TimerWrite =
  | { readonly set: Timer }
  | { readonly cancel: string }
  /** Removes a timer that is being acted on: the commit is `stale` when it is gone or was moved. */
  | { readonly fired: string; readonly dueAt: number }

/** A consumer as operators steer it. */
export interface ConsumerState {
  readonly name: string
  readonly state: 'running' | 'paused' | 'stopped'
  /** Why it is not running; null otherwise. */
  readonly reason: string | null
  /** Milliseconds since 1970. */
  readonly changedAt: number
}

/** Adds or changes a consumer. The commit is `stale` when it is not in the expected state; null: it must not exist. */
export interface ConsumerWrite {
  readonly consumer: ConsumerState
  readonly expected: ConsumerState['state'] | null
}

/** Something worth remembering about how an event was handled, or what an operator did. Never changed. */
export interface Note {
  /** UUIDv7. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** What happened: `failed`, `parked`, `skipped`, `sent`, `rejected`, `retried`, `discarded`, `paused`, `resumed`, … */
  readonly kind: string
  readonly consumer: string | null
  readonly eventId: string | null
  /** Who did it, for what an operator did. */
  readonly principal: string | null
  /** JSON text. */
  readonly detail: string
}

/** Which dead letters to read, oldest first. */
export interface DeadLetterRange {
  readonly ids?: readonly string[]
  readonly consumer?: string
  readonly lanes?: readonly string[]
  readonly state?: DeadLetter['state']
  /** Letters after this id. */
  readonly after?: string
  readonly limit: number
}

/** How many dead letters of one consumer are in one state. */
export interface DeadLetterCount {
  readonly consumer: string
  readonly state: DeadLetter['state']
  readonly count: number
  /** Milliseconds since 1970: when the oldest of them was parked first. */
  readonly oldestAt: number
}

/** What reactors, processes and schedules remember. Written by commits; this is what reads it. */
export interface ReactionStore {
  deadLetters(range: DeadLetterRange): Promise<readonly DeadLetter[]>
  /** Dead letters counted by consumer and state, in that order, without reading each. */
  deadLetterCounts(): Promise<readonly DeadLetterCount[]>
  /** Timers by due time: those due at or before `dueBy`, of one consumer if given. */
  timers(range: {
    readonly dueBy?: number
    readonly consumer?: string
    readonly id?: string
    readonly limit: number
  }): Promise<readonly Timer[]>
  /** All consumers that were ever registered, by name. */
  consumers(): Promise<readonly ConsumerState[]>
  /** Notes of some events in order, or, with none given, the newest of all. */
  notes(range: {
    readonly eventIds?: readonly string[]
    readonly kinds?: readonly string[]
    readonly consumer?: string
    readonly limit: number
  }): Promise<readonly Note[]>
}
