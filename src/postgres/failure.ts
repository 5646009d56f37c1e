import { type ErrorCode, KhataError } from '../model/error.ts'

/** The SQLSTATE of an error of the server; null for any other. */
export function sqlState(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null
  return typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null
}

/** The lock was not had in time. */
export const lockNotAvailable = '55P03'
/** The server is a standby, or the transaction one that only reads. */
export const onlyReads = '25006'
/** A statement took too long, or somebody cancelled it. */
const queryCanceled = '57014'
/** A table that is not there. */
export const undefinedTable = '42P01'

/** Errors of sockets and of the driver when the connection is gone. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])
const driverWords =
  /Connection terminated|connection is closed|not queryable|Client was closed|timeout expired|Query read timeout/i

/** Whether the connection or the server is gone, so that nobody knows what became of what was sent. */
export function isConnectionLost(error: unknown): boolean {
  const state = sqlState(error)
  if (state !== null) {
    return state.startsWith('08') || ['57P01', '57P02', '57P03', '57P05', '25P03', '53300'].includes(state)
  }
  if (!(error instanceof Error)) return false
  if ('code' in error && networkCodes.has(String(error.code))) return true
  return driverWords.test(error.message)
}

/**
 * Whether a connection is of no use though it answers: its server only reads, as one does that was the primary before a
 * fail-over, or a transaction that failed was left open in it. Nothing of what was sent was done.
 */
export function isConnectionUseless(error: unknown): boolean {
  const state = sqlState(error)
  return state === onlyReads || state === '25P02'
}

/** Whether what was sent should be sent again over a new connection. */
export function needsConnection(error: unknown): boolean {
  return isConnectionLost(error) || isConnectionUseless(error)
}

/** Whether the trouble is the place, not the commit: every commit of the batch would meet it. */
export function concernsAll(error: unknown): boolean {
  const state = sqlState(error)
  if (state === null) return isConnectionLost(error)
  return isConnectionLost(error) || /^(53|58|28|42501|25006|25P02|55P03|57014|3D|XX)/.test(state)
}

const advice: Readonly<Record<string, string>> = {
  '28P01': 'the password is wrong',
  '28000': 'the server does not let this user in; look at pg_hba.conf',
  '3D000': 'there is no such database; create it with "createdb"',
  '42501': 'this user lacks a permission; grant it or use the owner of the schema',
  [onlyReads]: 'the server only reads; connect to the primary',
  '53300': 'the server has too many connections; raise max_connections or use a pooler',
  [lockNotAvailable]: 'a lock was not free in time; end what holds it or try again',
  [queryCanceled]: 'a statement took too long and was cancelled; try again',
  [undefinedTable]: 'a table is not there; the view may have been dropped',
}

/** What an error of the server, driver or network is in the catalogue; errors that are none of theirs stay themselves. */
export function translate(error: unknown, store: string): unknown {
  if (error instanceof KhataError) return error
  const reason = error instanceof Error ? (error.message === '' ? String(codeOf(error)) : error.message) : String(error)
  const because = { cause: error }
  const unavailable = (sentence: string): KhataError =>
    new KhataError('store-unavailable', `${store}: ${sentence} (${reason})`, { store }, because)
  const state = sqlState(error)
  if (state === '53100') {
    return new KhataError(
      'store-full',
      `${store}: the server's disk is full; free space, then writes go on (${reason})`,
      { store },
      because,
    )
  }
  if (state !== null && /^XX00[12]$/.test(state)) {
    const what = `${store}: the database is damaged (${reason}); restore a backup`
    return new KhataError('store-damaged', what, { what: reason }, because)
  }
  if (state !== null && advice[state]) return unavailable(advice[state])
  if (isConnectionLost(error)) return unavailable('the server cannot be reached; look whether it runs and try again')
  return state === null ? error : unavailable('PostgreSQL refused')
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : error.name
}

/** What a job's caller is told of an accident. */
export function failureOf(error: unknown, store: string): KhataError<ErrorCode> {
  const known = translate(error, store)
  if (known instanceof KhataError) return known
  const message = known instanceof Error ? known.message : String(known)
  return new KhataError('store-unavailable', `${store}: ${message}`, { store }, { cause: error })
}
