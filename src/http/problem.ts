import { type ErrorCode, type FieldError, isKhataError, type KhataError, Rejected } from '../model/error.ts'
import { type ProblemCode, statuses } from './statuses.ts'

/** What a problem may carry beside its code and sentence. */
interface ProblemExtras {
  /** Members added to the document. */
  readonly members?: Readonly<Record<string, unknown>>
  /** Headers added to the answer. */
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** An answer other than success, on its way to becoming a problem document. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly members: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ProblemCode, message: string, extras: ProblemExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = 'Problem'
    this.code = code
    this.members = extras.members ?? {}
    this.headers = extras.headers ?? {}
  }

  /** The HTTP status of its code. */
  get status(): number {
    return statuses[this.code].status
  }
}

/** An RFC 9457 problem document. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** The code that clients switch on: of the catalogue, or of the rejection. */
  readonly code: string
  readonly [member: string]: unknown
}

/** What a problem looks like on the wire. */
export function problemDocument(problem: Problem): ProblemDocument {
  const { status, title } = statuses[problem.code]
  return {
    type: `urn:khata:error:${problem.code}`,
    title,
    status,
    detail: problem.message,
    code: problem.code,
    ...problem.members,
  }
}

/** A `validation` problem of one field. */
export function invalid(path: string, message: string): Problem {
  return invalidFields([{ path, message }])
}

/** A `validation` problem of several fields. */
export function invalidFields(errors: readonly FieldError[]): Problem {
  const first = errors[0]
  const where = first?.path ? `${first.path}: ` : ''
  return new Problem('validation', `${where}${first?.message ?? 'not valid'}`, { members: { errors } })
}

/** A business rule's no: its code is the rejection's, so that clients have one place to look at. */
export function rejectedProblem(command: string, code: string, data: unknown): Problem {
  return new Problem('rejected', `${command} was rejected: ${code}`, {
    members: { type: `urn:khata:rejection:${code}`, code, rejected: true, command, data },
  })
}

/** The problem that anything thrown stands for. Nothing of an unexpected error is shown. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Rejected) return rejectedProblem(error.command, error.rejected, error.detail)
  if (isKhataError(error)) return fromKhataError(error)
  return fromServer(error) ?? new Problem('internal', statuses.internal.title, { cause: error })
}

function fromKhataError(error: KhataError): Problem {
  const { status, title, told } = statuses[error.code]
  const members = told && typeof error.detail === 'object' && error.detail !== null ? { ...error.detail } : {}
  return new Problem(error.code, told ? error.message : title, {
    members,
    headers: headersOf(error, status),
    cause: error,
  })
}

function headersOf(error: KhataError, status: number): Record<string, string> {
  if (status === 503) return { 'retry-after': retryAfter(error) }
  if (isKhataError(error, 'precondition-failed')) return { etag: `"${error.detail.actual}"` }
  if (error.code === 'unauthenticated') return { 'www-authenticate': 'Bearer' }
  return {}
}

/** Seconds, as the header wants them, never 0: a client that is told 0 comes back at once. */
function retryAfter(error: KhataError<ErrorCode>): string {
  const detail = error.detail as { readonly retryAfterMs?: number } | null
  return String(Math.max(1, Math.ceil((detail?.retryAfterMs ?? 1000) / 1000)))
}

/** Errors of the HTTP server's own, by its codes. */
const serverCodes: { readonly [code: string]: ProblemCode } = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_MAX_PARAM_LENGTH: 'address-too-long',
}

function fromServer(error: unknown): Problem | null {
  if (!(error instanceof Error)) return null
  const { code, statusCode } = error as { readonly code?: unknown; readonly statusCode?: unknown }
  const known = typeof code === 'string' ? serverCodes[code] : undefined
  if (known) return new Problem(known, statuses[known].title, { cause: error })
  const theirs = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
  return theirs ? new Problem('malformed-request', statuses['malformed-request'].title, { cause: error }) : null
}
