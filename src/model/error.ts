import type { Position, Version } from './units.ts'

/** One field of an input that is wrong. */
export interface FieldError {
  /** Where, as a JSON path without the root: `items.0.quantity`; empty for the whole. */
  readonly path: string
  readonly message: string
}

/** Why an append lost: its stream or boundary moved on, it was already done, or what must not exist does. */
export type ConflictClause = 'moved-on' | 'already-done' | 'taken'

/**
 * The catalogue of errors: each code with the detail it carries. `docs/errors.md` explains every one; a test holds the
 * two against each other. How a code looks over HTTP is decided in `http/`.
 */
export interface ErrorDetails {
  /** A definition cannot work: a wrong name, a schema that JSON cannot carry, a handler without an event. */
  definition: { readonly part: string }
  /** Input that a schema refuses. */
  validation: { readonly errors: readonly FieldError[] }
  /** A method was called in a way it does not allow. */
  usage: null
  /** A setting is wrong or missing. */
  setting: { readonly setting: string }
  'unknown-command': { readonly command: string }
  'unknown-query': { readonly query: string }
  'unknown-projection': { readonly projection: string }
  'unknown-consumer': { readonly consumer: string }
  'unknown-dead-letter': { readonly id: string }
  'unknown-aggregate': { readonly category: string }
  'unknown-stream': { readonly category: string; readonly id: string }
  'unknown-event': { readonly id: string }
  /** Nobody said who they are, and the policy asks. */
  unauthenticated: null
  /** The policy said no. */
  forbidden: { readonly action: string }
  /** The append lost against another until the deadline. */
  conflict: { readonly clause: ConflictClause; readonly stream?: string }
  /** The caller's expected version is not the stream's. */
  'precondition-failed': { readonly expected: Version; readonly actual: Version }
  /** The same idempotency key came with another input. */
  'idempotency-key-reused': { readonly key: string }
  /** The view is behind what the caller asked for, after the time the caller was willing to wait. */
  'still-processing': {
    readonly view: string
    readonly position: Position
    readonly wanted: Position
    readonly retryAfterMs: number
  }
  /** Part of the answer waits behind a failed event. */
  'view-incomplete': { readonly view: string; readonly position: Position }
  /** A token of another store, or of this one before it was restored. */
  'token-of-another-store': { readonly epoch: string; readonly expected: string }
  /** A token that is newer than the store: events were lost, as after a restore. */
  'token-ahead-of-store': { readonly position: Position; readonly head: Position }
  /** A handler of the business code threw. */
  'handler-failed': { readonly handler: string }
  /** A view's rebuild was asked for while another one runs. */
  'rebuild-running': { readonly projection: string }
  /** A queue is full: try again later. */
  overloaded: { readonly retryAfterMs: number }
  /** The app or store is closed. */
  closed: null
  /** The store cannot be opened or reached. */
  'store-unavailable': { readonly store: string }
  /** The disk under the store is full: reads work, writes do not. */
  'store-full': { readonly store: string }
  /** The store was migrated by a newer release. */
  'store-newer': { readonly found: number; readonly known: number }
  /** The store's tables are those of an older release, and whoever opened it may not change them. */
  'store-older': { readonly found: number; readonly known: number }
  /** The store holds something that cannot be: a gap, a broken line, a changed migration. */
  'store-damaged': { readonly what: string }
}

/** A code of the catalogue. */
export type ErrorCode = keyof ErrorDetails

/** An accident or misuse, with a stable code. Expected business outcomes are values: see `Rejection`. */
export class KhataError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  readonly detail: ErrorDetails[Code]

  constructor(code: Code, message: string, detail: ErrorDetails[Code], options?: ErrorOptions) {
    super(message, options)
    this.name = 'KhataError'
    this.code = code
    this.detail = detail
  }
}

/** Whether something thrown is a {@link KhataError}, of one code if given. */
export function isKhataError<Code extends ErrorCode>(error: unknown, code?: Code): error is KhataError<Code> {
  return error instanceof KhataError && (code === undefined || error.code === code)
}

/** What `execute` throws when a business rule said no; `attempt` returns it as a value instead. */
export class Rejected<Code extends string = string> extends Error {
  readonly command: string
  /** The rejection code that `decide` gave. */
  readonly rejected: Code
  /** What `decide` gave with it. */
  readonly detail: unknown

  constructor(command: string, rejected: Code, detail: unknown) {
    super(`${command} was rejected: ${rejected}`)
    this.name = 'Rejected'
    this.command = command
    this.rejected = rejected
    this.detail = detail
  }
}
