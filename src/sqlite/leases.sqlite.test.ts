import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { hostname } from 'node:os'
import { test } from 'node:test'
import { openSqlite } from './index.ts'

test('a lease of a process of this machine that has ended is free at once, others are not', async () => {
  await using engine = await openSqlite(':memory:')
  const ended = spawnSync(process.execPath, ['--version']).pid
  const take = (name: string, owner: string) => engine.work.lease(name, owner, 60_000)
  const first = await take('view', `${hostname()}:${ended}:a`)
  const second = await take('view', 'somebody')
  assert.ok((second?.token ?? 0) > (first?.token ?? 0))
  for (const owner of [`${hostname()}:${process.pid}:a`, `not-${hostname()}:${ended}:a`, 'anna']) {
    await take(owner, owner)
    assert.equal(await take(owner, 'somebody'), null, owner)
  }
})
