import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openSqlite } from 'khata/sqlite'

const child = join(import.meta.dirname, 'append-for-a-while.ts')

/** Starts a process that appends; `enough` resolves when it has got its share, and `end` answers what it did. */
function start(path: string) {
  const running = spawn(process.execPath, ['--conditions=khata-source', child, path, '200'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: running.stdout })
  const exited = once(running, 'exit')
  const enough = Promise.race([once(lines, 'line'), exited.then(() => assert.fail('it ended by itself'))])
  const end = async (): Promise<{ readonly commits: number; readonly wins: number }> => {
    const said = once(lines, 'line')
    running.stdin.end()
    return JSON.parse(String((await said)[0]))
  }
  return { enough, end }
}

test('two processes write one file at once: nobody fails, nobody starves, and the log has no gap', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'khata-processes-'))
  const path = join(directory, 'log.db')
  try {
    await using engine = await openSqlite(path)
    const writers = [start(path), start(path)]
    // Each gets its share while the other goes on.
    await Promise.all(writers.map(({ enough }) => enough))
    const said = await Promise.all(writers.map(({ end }) => end()))
    const commits = said.reduce((sum, one) => sum + one.commits, 0)
    const wins = said.reduce((sum, one) => sum + one.wins, 0)

    assert.deepEqual(await engine.verify(), [])
    assert.equal((await engine.events.head()).position, 3 * commits + wins)
    const raced = await engine.events.readStream({ category: 'race', streamId: 'one', limit: 1_000_000 })
    assert.equal(raced.length, wins)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
