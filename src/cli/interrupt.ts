/**
 * Under npm a Ctrl-C arrives twice at once, from the terminal and from npm. Only a later one means that somebody has
 * lost patience.
 */
const sameInterruptMs = 1_000

/** What was interrupted before it was done says how far it had come. */
export class Interrupted extends Error {}

/** Aborted by the first Ctrl-C or SIGTERM; another one later ends the process at once. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController()
  let first: number | null = null
  const interrupt = (name: NodeJS.Signals) => {
    first ??= performance.now()
    if (performance.now() - first > sameInterruptMs) process.exit(name === 'SIGINT' ? 130 : 143)
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  return controller.signal
}
