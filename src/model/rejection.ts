/** A business rule said no: an answer, not a crash. */
export interface Rejection<Code extends string = string, Detail = unknown> {
  readonly rejected: Code
  readonly detail: Detail
}

/**
 * What `decide` returns when a rule of the business says no.
 *
 * @param code stable, kebab-case; clients switch on it
 * @param detail facts that help the caller; JSON only, shown to whoever sent the command
 */
export function reject<const Code extends string>(code: Code): Rejection<Code, null>
export function reject<const Code extends string, Detail>(code: Code, detail: Detail): Rejection<Code, Detail>
export function reject(code: string, detail: unknown = null): Rejection {
  return { rejected: code, detail }
}

/** Whether something that `decide` returned is a rejection. */
export function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && 'rejected' in value
}
