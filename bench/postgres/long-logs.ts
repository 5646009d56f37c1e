/**
 * Fills the long logs of the enrolment speedrun, for minutes, and goes on where an earlier call ended; or drops them:
 *
 *     node --conditions=khata-source long-logs.ts [--seconds=SECONDS] [--drop]
 */
import { dropKept } from './filled.ts'
import { fillLongLogs } from './measurements/enrolment.ts'

const seconds = process.argv.find((flag) => flag.startsWith('--seconds='))?.slice('--seconds='.length)
if (process.argv.includes('--drop')) await dropKept()
else await fillLongLogs(seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1_000, console.log)
process.exit(0)
