/** Reactors, processes and dead letters as an app shows them. */
import type { Message } from '../model/message.ts'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { Position, Timestamp } from '../model/units.ts'

/** A reactor or process as operators see it. */
export interface ConsumerStatus {
  /** `reactor/name` or `process/name`. */
  readonly name: string
  /** `waiting`: too many lanes wait behind dead letters; `idle`: it is not run by the process that is asked. */
  readonly state: 'running' | 'catching-up' | 'waiting' | 'paused' | 'stopped' | 'retrying' | 'idle'
  readonly reason: string | null
  /** Everything up to here is done or waits behind a dead letter. */
  readonly position: Position
  readonly head: Position
  readonly lag: number
  /** Dead letters that wait for somebody. */
  readonly parked: number
  /** Lanes whose failed event is tried again by itself. */
  readonly retrying: number
  readonly oldestDeadLetterAt: Timestamp | null
}

/** Who does something, for the note it leaves. */
export interface Operator {
  readonly by?: string
}

/** A dead letter in a list. */
export interface DeadLetterEntry {
  readonly id: string
  readonly consumer: string
  readonly lane: string
  readonly position: Position
  readonly eventId: string
  readonly eventType: string
  readonly state: 'parked' | 'retrying' | 'discarding'
  readonly error: string
  readonly attempts: number
  readonly codeVersion: string | null
  /** Whether it will be tried with corrected data. */
  readonly corrected: boolean
  readonly parkedAt: Timestamp
  readonly changedAt: Timestamp
}

/** Which dead letters. */
export interface DeadLetterFilter {
  readonly consumer?: string
  readonly lane?: string
  readonly state?: DeadLetterEntry['state']
  /** The `next` of the page before. */
  readonly after?: string
  /** At most 1,000. Default 100. */
  readonly limit?: number
}

/** How a dead letter is retried. */
export interface RetryOptions extends Operator {
  /** Data to use instead of the event's: reactors only. It must fit the event's schema; the event stays as it is. */
  readonly data?: unknown
}

/** What a retry would meet, as far as that can be told without doing it. */
export interface DryRun {
  readonly ok: boolean
  readonly error: string | null
  readonly event: RecordedEvent | null
}

/** Something that happened in the handling of an event, or that an operator did. */
export interface NoteEntry {
  readonly id: string
  readonly at: Timestamp
  readonly kind: string
  readonly consumer: string | null
  readonly eventId: string | null
  readonly principal: string | null
  readonly detail: unknown
}

/** How much waits, as metrics show it. */
export interface Backlog {
  /** Those of views are under `view/generation`. */
  readonly deadLetters: readonly {
    readonly consumer: string
    readonly state: DeadLetterEntry['state']
    readonly count: number
    readonly oldestAt: Timestamp
  }[]
  /** Deadlines, schedules and commands put off whose time has come; counted up to 1,000. */
  readonly timersDue: number
}

/** What operators do with reactors, processes and their dead letters; and commands that are sent later. */
export interface Reactions {
  list(): Promise<readonly ConsumerStatus[]>
  /** One reactor or process, by its name or `reactor/name`. Throws `unknown-consumer`. */
  status(name: string): Promise<ConsumerStatus>
  pause(name: string, options?: Operator & { readonly reason?: string }): Promise<void>
  resume(name: string, options?: Operator): Promise<void>
  /**
   * Sets a paused consumer back: effects are repeated, but commands it sends still take effect once. Its dead letters
   * after the position are dropped, since their events come again in order.
   */
  rewind(name: string, position: Position, options?: Operator): Promise<void>
  deadLetters(filter?: DeadLetterFilter): Promise<{ readonly items: readonly DeadLetterEntry[]; readonly next: string | null }>
  /** One dead letter with its event, stack and history. Throws `unknown-dead-letter`. */
  deadLetter(
    id: string,
  ): Promise<
    DeadLetterEntry & { readonly stack: string | null; readonly event: RecordedEvent; readonly history: readonly NoteEntry[] }
  >
  /** Sends a letter's event through its handler again; its lane goes on when that succeeds. */
  retry(id: string, options?: RetryOptions): Promise<void>
  /** Retries parked letters, oldest first, at a limited rate; answers how many. */
  retryAll(
    filter: { readonly consumer?: string; readonly lane?: string; readonly error?: string },
    options?: Operator & {
      /** Default 50. */
      readonly perSecond?: number
      readonly signal?: AbortSignal
      readonly progress?: (done: number) => void
    },
  ): Promise<number>
  /** Leaves a letter's event out for good; its lane goes on. */
  discard(id: string, reason: string, options?: Operator): Promise<void>
  dryRun(id: string, options?: { readonly data?: unknown }): Promise<DryRun>
  /** Counts, without reading a single dead letter. */
  backlog(): Promise<Backlog>
  /** Notes of events, or the newest of all. */
  notes(options?: {
    readonly eventIds?: readonly string[]
    readonly kinds?: readonly string[]
    readonly limit?: number
  }): Promise<readonly NoteEntry[]>
  /**
   * Sends a command at a time, once, also across restarts; answers the key to cancel it by. The input must be JSON, the key
   * 1 to 230 printable ASCII characters. Throws `unknown-command`, `validation` or, for a time that is none, `usage`.
   */
  sendLater(message: Message, at: Date | Timestamp, key?: string): Promise<string>
  /** Whether there was something to cancel. */
  cancelLater(key: string): Promise<boolean>
}
