/** An import that is killed half-way, on any engine. */
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { idOf, writeLog } from './exported-log.ts'
import { linesOf, run, start, temporaryFolder } from './run.ts'

const events = 30_000

/**
 * Kills an import with -9 while it writes, looks at what is left, and finishes it.
 *
 * @param newStore the URL of a store that is not there yet
 * @param eventsIn how many events a store has, seen from outside
 */
export async function killImport(newStore: () => Promise<string>, eventsIn: (store: string) => Promise<number>): Promise<void> {
  using folder = temporaryFolder()
  const log = folder.file('log.ndjson')
  await writeLog(log, events)
  const khata = (...args: string[]) => run(args, { folder: folder.path })
  const { store, left } = await killedStore(folder.path, log, newStore, eventsIn)

  // What is left is not taken for a whole store, by whatever would use it.
  for (const command of ['verify', 'events', 'export', 'adopt']) {
    const { code, stdout, stderr } = await khata(command, '--store', store)
    assert.deepEqual([code, stdout], [3, ''], command)
    assert.match(stderr, new RegExp(`holds ${left} of the ${events} events .* cut short.*khata import.* again`))
    assert.equal(linesOf(stderr).length, 1)
  }
  const other = folder.file('other.ndjson')
  await writeLog(other, events - 1)
  const mixed = await khata('import', other, '--store', store)
  assert.equal(mixed.code, 2)
  assert.match(mixed.stderr, /events of another log/)
  assert.equal(await eventsIn(store), left)

  const again = await khata('import', log, '--store', store)
  assert.equal(again.code, 0, again.stderr)
  assert.match(again.stderr, /going on behind them/)
  const verified = await khata('verify', '--store', store)
  assert.equal(verified.code, 0, verified.stderr)
  const last = JSON.parse(linesOf((await khata('events', '--last', '1', '--json', '--store', store)).stdout)[0] ?? '')
  assert.deepEqual([last.position, last.id], [events, idOf(events)])
  const third = await khata('import', log, '--store', store)
  assert.equal(third.code, 2)
  assert.match(third.stderr, /into an empty store only/)
}

/** A store that a killed import has left with a part of its events; when one was too fast, another one. */
async function killedStore(
  folder: string,
  log: string,
  newStore: () => Promise<string>,
  eventsIn: (store: string) => Promise<number>,
): Promise<{ store: string; left: number }> {
  for (let round = 0; round < 10; round++) {
    const store = await newStore()
    const { process: child, ended } = start(['import', log, '--store', store], { folder })
    while (child.exitCode === null && (await eventsIn(store)) === 0) await pause(2)
    child.kill('SIGKILL')
    await ended
    const left = await eventsIn(store)
    if (left < events) return { store, left }
  }
  throw new Error('each of ten imports was over before it could be killed')
}
