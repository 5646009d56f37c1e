import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const child = join(import.meta.dirname, 'append-one-by-one.ts')
const calls = 'trace=write,pwrite64,fsync,fdatasync'

/** Runs the child under strace and returns its system calls, each as it ended. */
function traced(synchronous: 'full' | 'normal'): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'khata-flush-'))
  try {
    const trace = join(directory, 'trace')
    const program = [process.execPath, '--conditions=khata-source', child, join(directory, 'log.db'), synchronous]
    const run = spawnSync('strace', ['-f', '-y', '-s', '64', '-e', calls, '-e', 'signal=none', '-o', trace, ...program], {
      encoding: 'utf8',
    })
    assert.ok(!run.error, 'strace is needed to see system calls: apt-get install strace')
    assert.equal(run.status, 0, run.stderr)
    return joined(readFileSync(trace, 'utf8').split('\n'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Puts calls together that were interrupted in the trace by another thread's; they count where they ended. */
function joined(lines: readonly string[]): string[] {
  const begun = new Map<string, string>()
  const whole: string[] = []
  for (const line of lines) {
    const thread = line.split(' ')[0] ?? ''
    if (line.endsWith('<unfinished ...>')) begun.set(thread, line.replace(' <unfinished ...>', ''))
    else if (line.includes(' resumed>')) whole.push(`${begun.get(thread)}${line.slice(line.indexOf(' resumed>') + 9)}`)
    else whole.push(line)
  }
  return whole
}

/** The answers that were given while something of the write-ahead log was not on disk, or without any flush before. */
function answeredTooEarly(lines: readonly string[]): { readonly answers: number; readonly early: readonly string[] } {
  let answers = 0
  let waiting = false
  let flushes = 0
  const early: string[] = []
  for (const line of lines) {
    const toLog = line.includes('log.db-wal>')
    if (toLog && /\b(pwrite64|write)\(/.test(line)) waiting = true
    if (toLog && /\b(fsync|fdatasync)\(/.test(line) && line.endsWith('= 0')) {
      waiting = false
      flushes++
    }
    const answer = /"(answer \d+)/.exec(line)?.[1]
    if (answer === undefined) continue
    answers++
    if (waiting || flushes === 0) early.push(answer)
    flushes = 0
  }
  return { answers, early }
}

const skip = process.platform === 'linux' ? false : 'system calls are traced on Linux only'

test('ES-63 no commit is answered before its part of the write-ahead log was flushed to the disk', { skip }, () => {
  assert.deepEqual(answeredTooEarly(traced('full')), { answers: 30, early: [] })
})

test('ES-63 the trace shows it when a store is opened without that flush', { skip }, () => {
  assert.equal(answeredTooEarly(traced('normal')).early.length, 30)
})
