/** A child process: appends to the store at argument 1, flushing as argument 2 says, one after another; says each answer. */
import { openSqlite } from 'khata/sqlite'
import { say, twoStreams } from './workload.ts'

const [path = '', synchronous] = process.argv.slice(2)
const engine = await openSqlite(path, { synchronous: synchronous === 'normal' ? 'normal' : 'full' })
for (let turn = 0; turn < 30; turn++) {
  const made = await engine.events.commit(twoStreams('a', 'b', 2).commit)
  if (made.outcome !== 'committed') throw new Error(JSON.stringify(made))
  say(`answer ${made.last}`)
}
await engine.close()
