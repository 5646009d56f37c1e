import { relative } from 'node:path'
import { run } from 'node:test'
import { inspect } from 'node:util'
import type { Failure, Outcome } from './outcome.ts'

/**
 * Runs one test file in a process of its own. A file without a test, a skip without a reason and a file that does not
 * end within `limitMs` are failures.
 */
export async function runTestFile(file: string, limitMs = 5 * 60_000): Promise<Outcome> {
  const started = performance.now()
  const titles: string[] = []
  const failures: Failure[] = []
  const skipped: string[] = []
  const output: string[] = []
  const running = new Set<string>()
  let passed = 0

  const events = run({
    files: [file],
    isolation: 'process',
    execArgv: ['--conditions=khata-source', '--disable-warning=ExperimentalWarning'],
    signal: AbortSignal.timeout(limitMs),
  })
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') output.push(data.message)
    if (type === 'test:dequeue' && data.name !== file) running.add(data.name)
    if (type === 'test:complete') running.delete(data.name)
    if (type === 'test:start') titles.splice(data.nesting, Infinity, data.name)
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (type === 'test:fail') {
      const cause = causeOf(data.details.error)
      if (cause === 'subtestsFailed') continue
      const title = titleOf(titles, data.name, file)
      const aborted = cause === 'testAborted'
      failures.push({ title, text: aborted ? hangingText(limitMs, running) : textOf(data.details.error) })
    } else if (data.details.type === 'suite' || data.name === file) continue
    else if (data.skip === true) failures.push({ title: data.name, text: 'skipped without a reason' })
    else if (data.skip) skipped.push(`${data.name}: ${data.skip}`)
    else if (data.todo) failures.push({ title: data.name, text: 'not finished (todo)' })
    else passed++
  }

  if (passed + failures.length + skipped.length === 0) failures.push({ title: 'the file', text: 'holds no test' })
  const last = failures.at(-1)
  if (last && output.length > 0) {
    failures[failures.length - 1] = { ...last, text: `${last.text}\n\noutput of the file:\n${tail(output.join(''))}` }
  }
  const seconds = (performance.now() - started) / 1000
  return { name: relative(process.cwd(), file), passed, failures, skipped, seconds }
}

/** The titles from the outermost group to the test itself. */
function titleOf(titles: readonly string[], name: string, file: string): string {
  if (name === file) return 'the file'
  const end = titles.indexOf(name)
  return end < 0 ? name : titles.slice(0, end + 1).join(' › ')
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && 'failureType' in error ? error.failureType : undefined
}

function hangingText(limitMs: number, running: ReadonlySet<string>): string {
  const where =
    running.size > 0 ? `still running: ${[...running].join(' › ')}` : 'all its tests had ended: something is left open'
  return `did not end within ${limitMs / 1000} s; ${where}`
}

function textOf(error: Error): string {
  const cause = error.cause ?? error
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause)
  return text.replace(/\n\s+at .*\(?node:internal\/.*/g, '')
}

/** The end of a long text: what was said last is nearest to the failure. */
function tail(text: string): string {
  const lines = text.trimEnd().split('\n')
  return lines.length > 40 ? ['…', ...lines.slice(-40)].join('\n') : lines.join('\n')
}
