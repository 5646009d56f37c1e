import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openSqlite } from 'khata/sqlite'

const child = join(import.meta.dirname, 'append-for-a-while.ts')

test('two processes write one file at once: nobody fails, nobody starves, and the log has no gap', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'khata-processes-'))
  const path = join(directory, 'log.db')
  try {
    await using engine = await openSqlite(path)
    const run = promisify(execFile)
    const children = ['a', 'b'].map(() => run(process.execPath, ['--conditions=khata-source', child, path, '2000']))
    const said = (await Promise.all(children)).map(({ stdout }) => JSON.parse(stdout) as { commits: number; wins: number })
    const commits = said.reduce((sum, one) => sum + one.commits, 0)
    const wins = said.reduce((sum, one) => sum + one.wins, 0)
    for (const one of said) assert.ok(one.commits > commits / 20, `one of them starved: ${JSON.stringify(said)}`)

    assert.deepEqual(await engine.verify(), [])
    assert.equal((await engine.events.head()).position, 3 * commits + wins)
    const raced = await engine.events.readStream({ category: 'race', streamId: 'one', limit: 1_000_000 })
    assert.equal(raced.length, wins)
  } finally {
    rmSync(directory, { recursive: true })
  }
})
