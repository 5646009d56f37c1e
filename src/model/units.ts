/**
 * Place in the whole store: 1, 2, 3, … without gaps, in commit order; 0 is before the first event.
 * A plain number may be given where one is asked for, a `Version` may not.
 */
export type Position = number & { readonly '~unit'?: 'position' }

/** Place in a stream: 1, 2, 3, …; 0 means that there is no stream yet. A `Position` may not be given for one. */
export type Version = number & { readonly '~unit'?: 'version' }

/** Opaque text that stands for a place in one store: its epoch and a position. What clients keep and send back. */
export type Token = string & { readonly '~unit'?: 'token' }

/** A moment as ISO 8601 in UTC with milliseconds, `2026-01-05T09:30:00.000Z`. */
export type Timestamp = string

/** The longest time, in milliseconds, that a timer of the platform takes: about 24 days. A longer one would fire at once. */
export const longestTimerMs = 2 ** 31 - 1
