/** A child process: many callers append to the store at argument 1 until it is killed; each acknowledged commit is a line. */
import { openSqlite } from 'khata/sqlite'
import { say, twoStreams } from './workload.ts'

const engine = await openSqlite(process.argv[2] ?? '')

async function call(caller: number): Promise<void> {
  for (let turn = 0; ; turn++) {
    const { name, commit } = twoStreams(`a${caller}`, `b${turn % 10}`, 1 + (turn % 4))
    const made = await engine.events.commit(commit)
    if (made.outcome !== 'committed') throw new Error(JSON.stringify(made))
    say(`${name} ${made.first} ${made.last}`)
  }
}

await Promise.all(Array.from({ length: 24 }, (_, caller) => call(caller)))
