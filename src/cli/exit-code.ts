import { isKhataError, Rejected } from '../model/error.ts'
import { Interrupted } from './interrupt.ts'
import { OutputProblem } from './output-problem.ts'

/** How the command line ends. Documented in its help; scripts rely on it. */
export const exitCode = {
  done: 0,
  /** A rule said no, something lost against another, or a check found something. */
  refused: 1,
  /** Called in a way it does not allow: arguments, settings, unknown names, input that a schema refuses. */
  usage: 2,
  /** A store, port or Node that is needed is not there, or not now. */
  unavailable: 3,
  /** A defect. */
  defect: 70,
  /** Ctrl-C before it was done. */
  interrupted: 130,
} as const

const unavailable = new Set<string>([
  'store-unavailable',
  'store-full',
  'store-newer',
  'store-older',
  'store-damaged',
  'overloaded',
  'closed',
  'still-processing',
  'view-incomplete',
])
const usage = new Set<string>([
  'validation',
  'usage',
  'setting',
  'definition',
  'unknown-command',
  'unknown-query',
  'unknown-projection',
  'unknown-aggregate',
  'unknown-consumer',
  'unknown-dead-letter',
  'token-of-another-store',
  'token-ahead-of-store',
  'idempotency-key-reused',
])

/** The exit code for something thrown. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Rejected) return exitCode.refused
  if (error instanceof Interrupted) return exitCode.interrupted
  if (error instanceof OutputProblem) return exitCode.unavailable
  if (!isKhataError(error)) return exitCode.defect
  if (isPortTaken(error)) return exitCode.unavailable
  if (unavailable.has(error.code)) return exitCode.unavailable
  return usage.has(error.code) ? exitCode.usage : exitCode.refused
}

/** Whether a server could not start because another one listens there. */
export function isPortTaken(error: unknown): boolean {
  return isKhataError(error, 'setting') && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'
}
