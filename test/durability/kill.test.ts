import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openSqlite } from 'khata/sqlite'

const child = join(import.meta.dirname, 'append-for-ever.ts')

/** Lets a child append and kills it without warning some time after its first answer; returns the lines it said. */
function killedWhileAppending(path: string, afterMs: number): Promise<string[]> {
  const writer = spawn(process.execPath, ['--conditions=khata-source', child, path], { stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((resolve, reject) => {
    let said = ''
    let complaint = ''
    writer.stderr.on('data', (chunk: Buffer) => (complaint += chunk))
    writer.stdout.on('data', (chunk: Buffer) => {
      if (said === '') setTimeout(() => writer.kill('SIGKILL'), afterMs)
      said += chunk
    })
    writer.on('close', (_, signal) => {
      if (signal !== 'SIGKILL') reject(new Error(complaint))
      // A line that was cut off is an answer that nobody got.
      else resolve(said.split('\n').slice(0, -1))
    })
  })
}

/** What is wrong with the log above a position, given the answers since; looks at the tables themselves. */
function wrong(path: string, after: number, answers: readonly string[]): string[] {
  const db = new DatabaseSync(path)
  const { count, last } = db.prepare('SELECT count(*) AS count, max(position) AS last FROM event').get() as {
    count: number
    last: number
  }
  const lost = answers.filter((answer) => {
    const [name = '', first, end] = answer.split(' ')
    const at = db.prepare('SELECT min(position) AS first, max(position) AS end FROM event WHERE command_id = ?').get(name)
    return at?.['first'] !== Number(first) || at?.['end'] !== Number(end)
  })
  const torn = db
    .prepare(
      `SELECT command_id AS name FROM event WHERE position > ? GROUP BY command_id
        HAVING count(*) <> min(metadata ->> 'of') OR count(*) <> (
          SELECT count(*) FROM event_tag WHERE tag = 'commit:' || command_id)`,
    )
    .all(after)
  db.close()
  return [
    ...(count === last ? [] : [`${count} events, but the last position is ${last}`]),
    ...lost.map((answer) => `acknowledged and lost: ${answer}`),
    ...torn.map(({ name }) => `there in part: ${name}`),
  ]
}

test('ES-64 of a process that is killed a hundred times nothing acknowledged is lost and nothing is there in part', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'khata-kill-'))
  const path = join(directory, 'log.db')
  try {
    let acknowledged = 0
    let position = 0
    for (let round = 0; round < 100; round++) {
      const answers = await killedWhileAppending(path, (round * 7) % 60)
      assert.deepEqual(wrong(path, position, answers), [], `round ${round}`)
      acknowledged += answers.length
      position = Math.max(position, ...answers.map((answer) => Number(answer.split(' ')[2])))
    }
    assert.ok(acknowledged >= 100, `only ${acknowledged} commits were acknowledged`)
    await using engine = await openSqlite(path)
    assert.deepEqual(await engine.verify(), [])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
