import { styleText } from 'node:util'
import type { Outcome } from './outcome.ts'

/** One line as soon as a file or check has ended. */
export function printOutcome({ name, passed, failures, skipped, seconds }: Outcome): void {
  const sign = failures.length === 0 ? styleText('green', '✓') : styleText('red', '✗')
  const counts = [
    `${passed} passed`,
    failures.length > 0 && styleText('red', `${failures.length} failed`),
    skipped.length > 0 && styleText('yellow', `${skipped.length} skipped`),
  ].filter(Boolean)
  console.log(`${sign} ${name}  ${counts.join(', ')}  ${styleText('dim', `${seconds.toFixed(1)} s`)}`)
}

/**
 * What was skipped, what failed and why, and the totals in the last line. Sets the exit code: 1 on any failure and when
 * nothing ran.
 */
export function printSummary(outcomes: readonly Outcome[]): void {
  const skipped = outcomes.flatMap(({ name, skipped }) => skipped.map((reason) => `  ${name}: ${reason}`))
  if (skipped.length > 0) console.log(`\nSkipped:\n${skipped.join('\n')}`)
  const failures = outcomes.flatMap(({ name, failures }) => failures.map((failure) => ({ name, ...failure })))
  for (const { name, title, text } of failures) {
    console.log(`\n${styleText('red', '✗')} ${styleText('bold', name)} › ${title}\n${text.replace(/^/gm, '    ')}`)
  }
  if (failures.length > 1) {
    console.log(`\nFailed:\n${failures.map(({ name, title }) => `  ${name} › ${title}`).join('\n')}`)
  }
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0)
  if (passed + failures.length === 0) console.log('\nNo test ran.')
  if (failures.length > 0 || passed === 0) process.exitCode = 1
  console.log(`\n${passed} passed, ${failures.length} failed`)
}
