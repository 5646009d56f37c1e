/** `npm run import:retail`: takes a year of invoices into the shop, through its commands. */
import { isKhataError } from 'khata'
import { argumentsOf, usage } from './arguments.ts'
import { ImportProblem } from './problem.ts'
import { importRetail } from './run.ts'

const stop = new AbortController()
let stoppedBy: NodeJS.Signals | null = null
let stoppedAt = 0
/** Under npm a Ctrl-C arrives twice at once, from the terminal and from npm. */
const sameStopMs = 1_000
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Asked again later: somebody cannot wait. What was acknowledged is safe anyway.
    if (stoppedBy) {
      if (performance.now() - stoppedAt > sameStopMs) process.exit(exitCodes[signal])
      return
    }
    stoppedBy = signal
    stoppedAt = performance.now()
    process.stderr.write('\nStopping: finishing what was begun.\n')
    stop.abort()
  })
}
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

try {
  const given = argumentsOf(process.argv.slice(2))
  if (given === null) {
    process.stdout.write(`${usage}\n`)
  } else {
    const summary = await importRetail(given, stop.signal)
    if (summary) {
      process.stderr.write(`Refused lines are in ${given.refused}.\n`)
      process.stdout.write(`${JSON.stringify(summary)}\n`)
    } else {
      process.stderr.write('Stopped. Run the same command again: it goes on from here and does nothing twice.\n')
      process.exitCode = exitCodes[stoppedBy === 'SIGTERM' ? 'SIGTERM' : 'SIGINT']
    }
  }
} catch (error) {
  process.stderr.write(`${explain(error)}\n`)
  process.exitCode = error instanceof ImportProblem ? 2 : 1
}

function explain(error: unknown): string {
  if (error instanceof ImportProblem) return error.message
  if (isKhataError(error, 'idempotency-key-reused')) {
    return 'An invoice of this file is in the store already, with other lines: it came from another version of the file.'
  }
  if (isKhataError(error)) return `${error.message} (${error.code})`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
