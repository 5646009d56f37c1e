/** `khata copy` between SQLite and PostgreSQL: the same log, whatever is killed or comes meanwhile. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openSqlite } from 'khata/sqlite'
import pg from 'pg'
import { v7 } from 'uuid'
import type { Engine } from '../../src/ports/engine.ts'
import type { NewEvent, StoredEvent } from '../../src/ports/event-store.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { writeLog } from '../cli/exported-log.ts'
import { run, start, temporaryFolder } from '../cli/run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const file = folder.file('source.db')
const source = `sqlite:${file}`
const total = 20_000
const khata = (...args: string[]) => run(args, { folder: folder.path })
/** An app without a business. */
const empty = folder.file('khata.config.ts')
writeFileSync(empty, 'export default { use: [] }\n')

function event(index: number): NewEvent {
  return {
    id: v7(),
    type: 'Noted',
    schemaVersion: 1 + (index % 2),
    // Texts that a parser would write differently, and what is not ASCII.
    data: `{"n":${index}, "rate":1.50, "big":12345678901234567890, "text":"৳ \\u2028 \u{1F4D2}"}`,
    metadata: index % 3 === 0 ? '{}' : '{ "principal" : "mina" }',
    tags: index % 5 === 0 ? ['z:last', 'a:first', `n:${index}`] : [],
    occurredAt: index % 2 === 0 ? -86_400_000 : null,
    commandId: index % 4 === 0 ? null : v7(),
    correlationId: index % 4 === 0 ? null : `request ${index}`,
  }
}

async function append(engine: Engine, count: number): Promise<void> {
  const { position } = await engine.events.head()
  const appends = Array.from({ length: count }, (_, i) => ({
    category: 'note',
    streamId: `টীকা-${(position + i) % 97}`,
    expected: null,
    events: [event(position + i)],
  }))
  assert.equal((await engine.events.commit({ appends })).outcome, 'committed')
}

async function logOf(engine: Engine): Promise<readonly StoredEvent[]> {
  const { position } = await engine.events.head()
  return (await engine.events.readLog({ after: 0, limit: position + 1 })).events
}

before(async () => {
  await using engine = await openSqlite(file)
  while ((await engine.events.head()).position < total) await append(engine, 1_000)
  const at = { changedAt: 5, reason: null, state: 'running' as const }
  await engine.events.commit({
    consumers: [{ consumer: { name: 'reactor/mail', ...at }, expected: null }],
    checkpoints: [{ consumer: 'reactor/mail', shard: 0, from: 0, to: total - 7 }],
    timers: [{ set: { id: 'process/loan 1', consumer: 'process/loan', dueAt: 77, body: '{"a": 1}' } }],
  })
})

/** A store in which a copy was killed three times and got on each time; it is not the first if one was faster than that. */
async function killedOnTheWay(): Promise<string> {
  for (;;) {
    const target = await newDatabase()
    await using copied = await openPostgres(target)
    let killedAt = 0
    for (let kills = 0; kills < 3 && killedAt < total; kills++) {
      const running = start(['copy', '--from', source, '--to', target], { folder: folder.path })
      while ((await copied.events.head()).position === killedAt && running.process.exitCode === null) await pause(5)
      running.process.kill('SIGKILL')
      await running.ended
      const { position } = await copied.events.head()
      assert.ok(position > killedAt, 'it goes on')
      killedAt = position
    }
    if (killedAt < total) return target
  }
}

/** What is not a whole copy is not taken for one. */
async function refusedAsCopy(target: string, command: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await khata(...command, '--store', target)
  assert.deepEqual([code, stdout], [3, ''], `${command[0]}: ${stderr}`)
  assert.match(stderr, /is a copy of another store that is not whole.*khata copy.* again/)
}

test('a copy that is killed at any moment goes on, and ends with the same log', async () => {
  const target = await killedOnTheWay()
  await using copied = await openPostgres(target)
  const log = folder.file('log.ndjson')
  await writeLog(log, 3)
  for (const command of [['verify'], ['events'], ['export'], ['adopt'], ['import', log], ['start', '--config', empty]])
    await refusedAsCopy(target, command)
  const { code, stdout, stderr } = await khata('copy', '--from', source, '--to', target, '--verify', '--json')
  assert.equal(code, 0, stderr)
  assert.deepEqual(JSON.parse(stdout), {
    ok: true,
    to: copied.name,
    copied: total,
    compared: total,
    findings: [],
  })
  await using original = await openSqlite(file)
  assert.deepEqual(await logOf(copied), await logOf(original))
  assert.equal((await khata('verify', '--store', target)).code, 0)

  const [consumer] = await copied.reactions.consumers()
  assert.equal(consumer?.name, 'reactor/mail')
  assert.equal((await copied.work.checkpoints('reactor/mail')).get(0), total - 7)
  assert.deepEqual(await copied.reactions.timers({ limit: 10 }), await original.reactions.timers({ limit: 10 }))

  const back = `sqlite:${folder.file('back.db')}`
  const returned = await khata('copy', '--from', target, '--to', back, '--verify')
  assert.equal(returned.code, 0, returned.stderr)
  await using again = await openSqlite(folder.file('back.db'))
  assert.deepEqual(await logOf(again), await logOf(original))
})

test('a copy that is interrupted before it has caught up says so, and is not taken for a whole one', async () => {
  for (;;) {
    const target = await newDatabase()
    await using copied = await openPostgres(target)
    const running = start(['copy', '--from', source, '--to', target, '--follow', '--json'], { folder: folder.path })
    while ((await copied.events.head()).position === 0 && running.process.exitCode === null) await pause(5)
    running.process.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    const { position } = await copied.events.head()
    // When it was faster than the signal, another one.
    if (position === total) continue
    assert.equal(code, 130, stderr)
    assert.deepEqual([JSON.parse(stdout).ok, JSON.parse(stdout).copied], [false, position])
    assert.match(stderr, /Interrupted: .* Run the same again to go on/)
    await refusedAsCopy(target, ['events'])
    return
  }
})

test('a copy that follows takes what comes until it is told to end', async () => {
  const [path, target] = [folder.file('living.db'), await newDatabase()]
  await using living = await openSqlite(path)
  await append(living, 3)
  const following = start(['copy', '--from', `sqlite:${path}`, '--to', target, '--follow', '--verify'], {
    folder: folder.path,
  })
  await using copied = await openPostgres(target)
  for (const count of [3, 5, 9]) {
    await append(living, count)
    const { position } = await living.events.head()
    while ((await copied.events.head()).position < position) await pause(10)
  }
  await refusedAsCopy(target, ['verify'])
  following.process.kill('SIGINT')
  const { code, stderr } = await following.ended
  assert.equal(code, 0, stderr)
  assert.match(stderr, /has 20 events, compared byte for byte/)
  assert.equal((await khata('verify', '--store', target)).code, 0)
  assert.deepEqual(await logOf(copied), await logOf(living))
  const ended = await khata('copy', '--from', `sqlite:${path}`, '--to', target, '--follow', '--until-caught-up')
  assert.equal(ended.code, 0, ended.stderr)
})

test('a copy goes only into an empty store or one that it began itself', async () => {
  const [path, other, target] = [folder.file('small.db'), folder.file('other.db'), await newDatabase()]
  for (const one of [path, other]) {
    await using engine = await openSqlite(one)
    await append(engine, 4)
  }
  assert.equal((await khata('copy', '--from', `sqlite:${path}`, '--to', target)).code, 0)
  const refused = async (from: string, to: string, reason: RegExp) => {
    const { code, stderr } = await khata('copy', '--from', from, '--to', to)
    assert.equal(code, 2, stderr)
    assert.match(stderr, reason)
  }
  await refused(`sqlite:${other}`, target, /4 events of another store, sqlite:.*small\.db/)
  await refused(`sqlite:${path}`, `sqlite:${other}`, /4 events of its own/)
  await refused(`sqlite:${path}`, `sqlite:${path}`, /are one store/)

  await using copied = await openPostgres(target)
  await append(copied, 1)
  await refused(`sqlite:${path}`, target, /was restored to an earlier state/)
  await using grown = await openSqlite(path)
  await append(grown, 2)
  await refused(`sqlite:${path}`, target, /something else was written there/)
})

test('a copy that is not the same is found by comparing', async () => {
  const [path, target] = [folder.file('true.db'), await newDatabase()]
  await using engine = await openSqlite(path)
  await append(engine, 10)
  assert.equal((await khata('copy', '--from', `sqlite:${path}`, '--to', target)).code, 0)
  const client = new pg.Client({ connectionString: target })
  await client.connect()
  await client.query('ALTER TABLE khata.event DISABLE TRIGGER USER')
  await client.query(`UPDATE khata.event SET data = (data::jsonb)::json WHERE position = 4`)
  await client.end()
  const { code, stdout } = await khata('copy', '--from', `sqlite:${path}`, '--to', target, '--verify')
  assert.equal(code, 1)
  assert.equal(stdout, 'position 4: data differ\n')
})

test('consumers of a copy that is at work already are not taken back', async () => {
  const [path, target] = [folder.file('places.db'), await newDatabase()]
  await using engine = await openSqlite(path)
  await append(engine, 10)
  assert.equal((await khata('copy', '--from', `sqlite:${path}`, '--to', target)).code, 0)
  await using copied = await openPostgres(target)
  await copied.events.commit({
    consumers: [{ consumer: { name: 'reactor/mail', state: 'running', reason: null, changedAt: 1 }, expected: null }],
    checkpoints: [{ consumer: 'reactor/mail', shard: 0, from: 0, to: 9 }],
  })
  const { code, stderr } = await khata('copy', '--from', `sqlite:${path}`, '--to', target)
  assert.equal(code, 2)
  assert.match(stderr, /reactor\/mail is further in .* the copy is at work already/)
})
