/** A child process: ten callers append to the store at argument 1 for so many milliseconds; says how often, and who won. */
import { openSqlite } from 'khata/sqlite'
import { say, twoStreams } from './workload.ts'

const [path = '', ms = '0'] = process.argv.slice(2)
await using engine = await openSqlite(path)
const end = performance.now() + Number(ms)
let commits = 0
let wins = 0

async function append(caller: number): Promise<void> {
  while (performance.now() < end) {
    const made = await engine.events.commit(twoStreams(`${process.pid}-${caller}`, 'shared', 3).commit)
    if (made.outcome !== 'committed') throw new Error(JSON.stringify(made))
    commits++
  }
}

/** Tries for the next version of a stream that the other process wants too. */
async function race(): Promise<void> {
  while (performance.now() < end) {
    const [newest] = await engine.events.readStream({ category: 'race', streamId: 'one', backwards: true, limit: 1 })
    const [append] = twoStreams('', '', 1).commit.appends ?? []
    const events = append?.events ?? []
    const expected = newest?.version ?? 0
    const { outcome } = await engine.events.commit({ appends: [{ category: 'race', streamId: 'one', expected, events }] })
    if (outcome === 'committed') wins++
  }
}

await Promise.all([...Array.from({ length: 10 }, (_, caller) => append(caller)), race()])
say(JSON.stringify({ commits, wins }))
