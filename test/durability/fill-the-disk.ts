/** A child process: fills the small disk that the directory of argument 1 is on, then makes room; says what happened. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isKhataError } from 'khata'
import { openSqlite } from 'khata/sqlite'
import { say, twoStreams } from './workload.ts'

const directory = process.argv[2] ?? ''
const ballast = join(directory, 'ballast')
writeFileSync(ballast, Buffer.alloc(3_000_000, 1))
await using engine = await openSqlite(join(directory, 'log.db'))

let acknowledged = 0
const codes = new Set<string>()

async function append(): Promise<void> {
  const made = await engine.events.commit(twoStreams('a', 'b', 4).commit)
  if (made.outcome === 'committed') acknowledged += 4
}

async function appendMany(times: number): Promise<number> {
  const settled = await Promise.allSettled(Array.from({ length: times }, append))
  const failed = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  for (const error of failed) codes.add(isKhataError(error) ? error.code : String(error))
  return failed.length
}

let failed = 0
for (let round = 0; round < 1_000 && failed < 100; round++) failed += await appendMany(50)

const full = { acknowledged, head: (await engine.events.head()).position }
const read = (await engine.events.readLog({ after: 0, limit: 1_000_000 })).events.length
rmSync(ballast)
const failedAfter = await appendMany(50)
const last = (await engine.events.head()).position
say(
  JSON.stringify({ failed, codes: [...codes], full, read, failedAfter, grown: last - full.head, wrong: await engine.verify() }),
)
