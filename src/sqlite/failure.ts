import { type ErrorCode, KhataError } from '../model/error.ts'

/** An error as it crosses from the writer's thread. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
  readonly detail: unknown
  /** The message of what was underneath, for the log. */
  readonly cause: string
}

/** SQLite's result codes that mean something to a caller. */
const full = 13
const ioError = 10
const shmSize = 4874
const readOnly = 8
const cannotOpen = 14
const permission = 3
const notADatabase = 26
const corrupt = 11
const busy = 5
const locked = 6

function resultCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : null
}

/** Whether another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code !== null && ((code & 0xff) === busy || (code & 0xff) === locked)
}

/** Whether the trouble is the place, not the commit: every commit of the batch would meet it. */
export function concernsAll(error: unknown): boolean {
  const code = resultCode(error)
  if (code === null) return false
  return [full, ioError, readOnly, cannotOpen, permission, notADatabase, corrupt, busy, locked].includes(code & 0xff)
}

/** What an error of SQLite or of the file system is in the catalogue; errors that are none of theirs stay themselves. */
export function translate(error: unknown, store: string): unknown {
  if (error instanceof KhataError) return error
  const reason = error instanceof Error ? error.message : String(error)
  const unavailable = (advice: string): KhataError =>
    new KhataError('store-unavailable', `${store}: ${advice} (${reason})`, { store }, { cause: error })
  const code = resultCode(error)
  if (code === null) {
    if (!(error instanceof Error) || !('code' in error)) return error
    if (error.code === 'ENOSPC') return fullError(error, store, reason)
    if (['EACCES', 'EROFS', 'EPERM'].includes(String(error.code)))
      return unavailable('the directory cannot be written; allow it or choose another path')
    if (['ENOTDIR', 'EEXIST'].includes(String(error.code)))
      return unavailable('a part of the path is a file; choose another path')
    return error
  }
  switch (code & 0xff) {
    case full:
      return fullError(error, store, reason)
    case ioError:
      return code === shmSize
        ? fullError(error, store, reason)
        : unavailable('the disk reported an error; look at the system log')
    case readOnly:
    case permission:
      return unavailable('the file or its directory cannot be written; allow it or choose another path')
    case cannotOpen:
      return unavailable('the file cannot be opened; look at its path and permissions')
    case busy:
    case locked:
      return unavailable('another process has kept the write lock; end it or try again')
    case notADatabase:
    case corrupt:
      return new KhataError(
        'store-damaged',
        `${store}: the file is damaged or not a store (${reason}); restore a backup`,
        { what: reason },
        { cause: error },
      )
    default:
      return unavailable('SQLite refused')
  }
}

function fullError(error: unknown, store: string, reason: string): KhataError {
  return new KhataError(
    'store-full',
    `${store}: the disk is full; free space, then writes go on (${reason})`,
    { store },
    { cause: error },
  )
}

/** Packs an error for the way to another thread. */
export function packFailure(error: unknown, store: string): Failure {
  const known = translate(error, store)
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error)
  if (known instanceof KhataError) return { code: known.code, message: known.message, detail: known.detail, cause }
  return {
    code: 'store-unavailable',
    message: `${store}: ${known instanceof Error ? known.message : String(known)}`,
    detail: { store },
    cause,
  }
}

/** Makes the error again that {@link packFailure} packed. */
export function unpackFailure(failure: Failure): KhataError {
  return new KhataError(failure.code, failure.message, failure.detail as never, { cause: failure.cause })
}
