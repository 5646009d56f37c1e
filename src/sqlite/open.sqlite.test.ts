import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { type ErrorCode, isKhataError } from '../model/error.ts'
import { openSqlite } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'khata-open-'))
after(() => rmSync(directory, { recursive: true }))

function withCode(code: ErrorCode, message = /./): (error: unknown) => boolean {
  return (error) => isKhataError(error, code) && message.test(error.message)
}

test('directories that are missing are made', async () => {
  const path = join(directory, 'a', 'b', 'log.db')
  await using engine = await openSqlite(path)
  assert.ok(existsSync(path))
  assert.equal(engine.name, `sqlite:${path}`)
})

test('a path that cannot be is refused with advice', async () => {
  writeFileSync(join(directory, 'file'), 'text')
  await assert.rejects(
    openSqlite(join(directory, 'file', 'log.db')),
    withCode('store-unavailable', /part of the path is a file/),
  )
  mkdirSync(join(directory, 'folder.db'))
  await assert.rejects(openSqlite(join(directory, 'folder.db')), withCode('store-unavailable', /path/))
})

test('a file that is not a database, or another program’s, is refused and left as it was', async () => {
  const text = join(directory, 'text.db')
  writeFileSync(text, 'x'.repeat(10_000))
  await assert.rejects(openSqlite(text), withCode('store-damaged', /not a store/))
  const foreign = join(directory, 'foreign.db')
  const db = new DatabaseSync(foreign)
  db.exec('CREATE TABLE customer (id INTEGER)')
  await assert.rejects(openSqlite(foreign), withCode('store-damaged', /another program/))
  assert.equal(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'], 1)
  db.close()
})

test('a store of a newer release is refused', async () => {
  const path = join(directory, 'newer.db')
  await (await openSqlite(path)).close()
  const db = new DatabaseSync(path)
  db.exec("INSERT INTO migration SELECT max(number) + 1, 'later', 'x', 1 FROM migration")
  db.close()
  await assert.rejects(openSqlite(path), withCode('store-newer', /newer release/))
})

test('who may not change tables makes no store, and is told when one is of an older release', async () => {
  const path = join(directory, 'kept.db')
  for (const tables of ['keep', 'update'] as const) {
    await assert.rejects(openSqlite(path, { tables }), withCode('store-unavailable', /There is no store at/))
    assert.equal(existsSync(path), false)
  }
  await (await openSqlite(path)).close()
  const db = new DatabaseSync(path)
  const count = (): unknown => db.prepare('SELECT count(*) AS n FROM migration').get()?.['n']
  db.exec('DELETE FROM migration WHERE number = (SELECT max(number) FROM migration)')
  const before = count()
  await assert.rejects(openSqlite(path, { tables: 'keep' }), withCode('store-older', /older release/))
  assert.equal(count(), before)
  db.close()
})

test('a migration that is not the one that was applied is refused', async () => {
  const path = join(directory, 'changed.db')
  await (await openSqlite(path)).close()
  const db = new DatabaseSync(path)
  db.exec("UPDATE migration SET checksum = 'x' WHERE number = 1")
  db.close()
  await assert.rejects(openSqlite(path), withCode('store-damaged', /migration 1/))
})

test('a new file may be opened by several at once', async () => {
  const path = join(directory, 'at-once.db')
  const engines = await Promise.all(Array.from({ length: 6 }, () => openSqlite(path)))
  const identities = await Promise.all(engines.map((engine) => engine.identity()))
  assert.equal(new Set(identities.map(({ storeId }) => storeId)).size, 1)
  await Promise.all(engines.map((engine) => engine.close()))
})

test('settings that are not known or not possible are refused', async () => {
  await assert.rejects(openSqlite(':memory:', { pageSize: 4 } as object), withCode('setting', /no option "pageSize"/))
  await assert.rejects(openSqlite(':memory:', { queueLimit: 0 }), withCode('setting', /queueLimit/))
  await assert.rejects(openSqlite(':memory:', { synchronous: 'off' as 'full' }), withCode('setting', /synchronous/))
})

test('a copy that is opened elsewhere knows that it is not at home', async () => {
  const [first, second] = [join(directory, 'home.db'), join(directory, 'copy.db')]
  await (await openSqlite(first)).close()
  const db = new DatabaseSync(first)
  db.exec(`VACUUM INTO '${second}'`)
  db.close()
  await using engine = await openSqlite(second)
  const before = await engine.identity()
  assert.notEqual(before.home, before.here)
  const after = await engine.adopt()
  assert.equal(after.home, after.here)
  assert.notEqual(after.epoch, before.epoch)
})

test('a program that leaves its store open ends by itself, after its commits', () => {
  const path = join(directory, 'left-open.db')
  const program = `
    import { openSqlite } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const engine = await openSqlite(${JSON.stringify(path)})
    engine.onCommit(() => {})
    const event = { id: 'e', type: 'A', schemaVersion: 1, data: '{}', metadata: '{}', tags: [] }
    const events = [{ ...event, occurredAt: null, commandId: null, correlationId: null }]
    engine.events.commit({ appends: [{ category: 'a', streamId: '1', expected: 0, events }] }).then(({ outcome }) => console.log(outcome))`
  const child = spawnSync(process.execPath, ['--conditions=khata-source', '--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.equal(child.stdout, 'committed\n', child.stderr)
  assert.equal(child.status, 0)
})
