/** The quick part of the gate: types, lint, format, unused exports, and the rules of the house. Takes seconds. */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { checks, runCheck } from './gate/checks.ts'
import { runPool } from './gate/pool.ts'
import { printOutcome, printSummary } from './gate/report.ts'
import { runTestFile } from './gate/test-file.ts'

process.chdir(resolve(import.meta.dirname, '..'))

/** The documents' own test starts servers: it takes longer than a check may. */
const house = globSync('test/house/*.test.ts', { exclude: ['**/readme.test.ts'] }).sort()
const outcomes: Awaited<ReturnType<typeof runCheck>>[] = []
const jobs = [...checks.map((check) => () => runCheck(check)), ...house.map((file) => () => runTestFile(resolve(file)))]
await runPool(
  jobs.map((job) => async () => {
    const outcome = await job()
    outcomes.push(outcome)
    printOutcome(outcome)
  }),
  2,
)
printSummary(outcomes)
