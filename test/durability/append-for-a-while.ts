/**
 * A child process: ten callers append to the store at argument 1 until the standard input ends; says `enough` when it has
 * made so many commits as argument 2 says and one of the race, and in the end how many, and how often it won.
 */
import { openSqlite } from 'khata/sqlite'
import { say, twoStreams } from './workload.ts'

const [path = '', enough = '0'] = process.argv.slice(2)
await using engine = await openSqlite(path)
let ended = false
process.stdin.resume().once('end', () => {
  ended = true
})
let commits = 0
let wins = 0
let told = false

function count(): void {
  if (told || commits < Number(enough) || wins === 0) return
  told = true
  say('enough')
}

async function append(caller: number): Promise<void> {
  while (!ended) {
    const made = await engine.events.commit(twoStreams(`${process.pid}-${caller}`, 'shared', 3).commit)
    if (made.outcome !== 'committed') throw new Error(JSON.stringify(made))
    commits++
    count()
  }
}

/** Tries for the next version of a stream that the other process wants too. */
async function race(): Promise<void> {
  while (!ended) {
    const [newest] = await engine.events.readStream({ category: 'race', streamId: 'one', backwards: true, limit: 1 })
    const [append] = twoStreams('', '', 1).commit.appends ?? []
    const events = append?.events ?? []
    const expected = newest?.version ?? 0
    const { outcome } = await engine.events.commit({ appends: [{ category: 'race', streamId: 'one', expected, events }] })
    if (outcome === 'committed') wins++
    count()
  }
}

await Promise.all([...Array.from({ length: 10 }, (_, caller) => append(caller)), race()])
say(JSON.stringify({ commits, wins }))
