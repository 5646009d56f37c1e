/**
 * The gate: every check, every test, and what they need. `npm test -- PATTERN …` runs the part whose names contain a
 * pattern. The last line is `N passed, N failed`.
 */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { checks, runCheck } from './gate/checks.ts'
import type { Outcome } from './gate/outcome.ts'
import { runPool } from './gate/pool.ts'
import { printOutcome, printSummary } from './gate/report.ts'
import { bringUpServices } from './gate/services.ts'
import { runTestFile } from './gate/test-file.ts'

process.chdir(resolve(import.meta.dirname, '..'))
// Every file runs in a process of its own: they share what was compiled.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/compiled')

const patterns = process.argv.slice(2)
const isWanted = (name: string) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern))

const files = globSync(['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'], {
  exclude: ['**/node_modules/**'],
})
  .sort()
  .filter(isWanted)

/** These load disk or processors so much that two of them beside each other would disturb one another. */
const isHeavy = (file: string) =>
  /^test\/(accounts|browser|copy|durability|examples|packed|postgres|processes|reactions)\/|readme\.test\.ts$/.test(file)

const outcomes: Outcome[] = []
const record = (outcome: Outcome) => {
  outcomes.push(outcome)
  printOutcome(outcome)
}
const heavyLimitMs = 15 * 60_000
const testFile = (file: string) => async () =>
  record(await runTestFile(resolve(file), isHeavy(file) ? heavyLimitMs : undefined))

bringUpServices(files).forEach(record)
const quick = [
  ...checks.filter(({ name }) => isWanted(name)).map((check) => async () => record(await runCheck(check))),
  ...files.filter((file) => !isHeavy(file)).map(testFile),
]
await runPool(quick, 2)
await runPool(files.filter(isHeavy).map(testFile), 1)
printSummary(outcomes)
