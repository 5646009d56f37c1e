import type { ErrorCode } from '../model/error.ts'

/** Codes of problems that exist only over HTTP. */
type HttpCode =
  | 'malformed-request'
  | 'unknown-route'
  | 'unknown-document'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'host-not-allowed'
  | 'origin-not-allowed'
  | 'body-too-large'
  | 'unsupported-media-type'
  | 'address-too-long'
  | 'headers-too-large'
  | 'request-timeout'
  | 'too-many-requests'
  | 'shutting-down'
  | 'rejected'
  | 'internal'

/** Every code that a problem document may carry, beside those of rejections. */
export type ProblemCode = ErrorCode | HttpCode

/** How a code looks over HTTP. */
interface Status {
  readonly status: number
  readonly title: string
  /** Whether the error's own message and detail may be shown; otherwise the title stands for them. */
  readonly told: boolean
}

const told = (status: number, title: string): Status => ({ status, title, told: true })
const untold = (status: number, title: string): Status => ({ status, title, told: false })

/**
 * The one place that gives codes their HTTP status.
 *
 * A token of another store, or one that is ahead of the store, is 409: the request is well formed but contradicts the
 * present state of the store, and only the client can decide what to throw away. It is not 410, because the resource is
 * there, and not 5xx, because asking again does not help.
 */
export const statuses: { readonly [Code in ProblemCode]: Status } = {
  validation: told(400, 'The request is not valid'),
  usage: told(400, 'This cannot be asked in this way'),
  'malformed-request': told(400, 'The request cannot be read'),
  unauthenticated: told(401, 'Log in first'),
  forbidden: told(403, 'This is not allowed'),
  'origin-not-allowed': told(403, 'This web page may not call this server'),
  'unknown-route': told(404, 'There is nothing at this address'),
  'unknown-document': told(404, 'There is no such document'),
  'unknown-command': told(404, 'There is no such command'),
  'unknown-query': told(404, 'There is no such query'),
  'unknown-projection': told(404, 'There is no such projection'),
  'unknown-aggregate': told(404, 'There is no such aggregate'),
  'unknown-stream': told(404, 'There is no such stream'),
  'unknown-consumer': told(404, 'There is no such reactor or process'),
  'unknown-dead-letter': told(404, 'There is no such dead letter'),
  'unknown-event': told(404, 'There is no such event'),
  'method-not-allowed': told(405, 'This address does not take this method'),
  'not-acceptable': told(406, 'This address cannot answer in the format that was asked for'),
  'request-timeout': told(408, 'The request took too long to arrive'),
  conflict: told(409, 'Somebody else was faster'),
  'rebuild-running': told(409, 'A rebuild is already running'),
  'token-of-another-store': told(409, 'The token is of another store'),
  'token-ahead-of-store': told(409, 'The token is ahead of the store'),
  'precondition-failed': told(412, 'The stream is not at the expected version'),
  'body-too-large': told(413, 'The body is too large'),
  'address-too-long': told(414, 'The address is too long'),
  'unsupported-media-type': told(415, 'A body is taken as application/json only'),
  'host-not-allowed': told(421, 'This server does not answer for this host'),
  rejected: told(422, 'A business rule said no'),
  'idempotency-key-reused': told(422, 'The idempotency key was used for another input'),
  'too-many-requests': told(429, 'Too many requests'),
  'headers-too-large': told(431, 'The headers are too large'),
  'handler-failed': untold(500, 'A handler failed'),
  definition: untold(500, 'A definition is wrong'),
  setting: untold(500, 'A setting is wrong'),
  internal: untold(500, 'Something failed that should not have'),
  'still-processing': told(503, 'The view is still behind what was asked for'),
  'view-incomplete': told(503, 'Part of the view waits behind a failed event'),
  overloaded: told(503, 'Too much is waiting: try again later'),
  'shutting-down': told(503, 'The server is shutting down'),
  closed: untold(503, 'The server is shutting down'),
  'store-unavailable': untold(503, 'The store cannot be reached'),
  'store-full': untold(503, 'The disk under the store is full'),
  'store-newer': untold(503, 'The store was migrated by a newer release'),
  'store-older': untold(503, 'The store was made by an older release'),
  'store-damaged': untold(503, 'The store holds something that cannot be'),
}
