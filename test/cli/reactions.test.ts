import assert from 'node:assert/strict'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { linesOf, type Running, run, start, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
const workers: Running[] = []
after(async () => {
  for (const { process } of workers) process.kill('SIGKILL')
  await Promise.all(workers.map(({ ended }) => ended))
  folder[Symbol.dispose]()
})
const environment = {
  KHATA_STORE: `sqlite:${folder.file('bells.db')}`,
  BELL_FILE: folder.file('rung.txt'),
  BELL_BROKEN: folder.file('broken'),
}
const config = ['--config', join(import.meta.dirname, 'bells.config.ts')]
const khata = (...args: string[]) => run([...args, ...config], { environment })
const rung = (): readonly string[] =>
  existsSync(environment.BELL_FILE) ? linesOf(readFileSync(environment.BELL_FILE, 'utf8')) : []

/** A worker without an API, until the test ends it. */
async function worker(...args: string[]): Promise<Running> {
  const running = start(['start', '--roles', 'reactors', ...args, ...config], { environment })
  workers.push(running)
  await running.until(/at work without an API/)
  return running
}
const end = async (running: Running): Promise<void> => {
  running.process.kill('SIGTERM')
  assert.equal((await running.ended).code, 0)
}
const letters = async (...args: string[]): Promise<readonly any[]> => {
  const { stdout } = await khata('dead-letters', '--json', ...args)
  return stdout === '' ? [] : linesOf(stdout).map((line) => JSON.parse(line))
}

before(async () => {
  writeFileSync(environment.BELL_BROKEN, '')
  for (const [wellId, coins] of [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ]) {
    const { code, stderr } = await khata('execute', 'Drop', JSON.stringify({ wellId, coins }))
    assert.equal(code, 0, stderr)
  }
})

test('no command of the command line runs reactors; a process with that role does', async () => {
  await khata('query', 'none')
  await khata('consumers')
  assert.equal((await letters()).length, 0)
  const api = start(['start', '--roles', 'api,projections', ...config], { environment })
  await api.until(/http:/)
  assert.equal((await letters()).length, 0)
  await end(api)
  const running = await worker()
  await until('two lanes wait', async () => (await letters()).length === 2)
  await end(running)
})

test('dead letters are listed, shown and found by consumer, state and lane', async () => {
  const list = await khata('dead-letters')
  assert.match(list.stdout, /^ID +STATE +CONSUMER +LANE +EVENT +SINCE +ERROR\n/)
  assert.match(list.stdout, /parked +reactor\/bell +well\/a +CoinDropped .* the bell is broken/)
  assert.equal((await letters('--consumer', 'bell', '--state', 'parked')).length, 2)
  assert.equal((await letters('--state', 'retrying')).length, 0)
  const [letter] = await letters('--lane', 'well/a')
  const shown = await khata('dead-letters', 'show', letter.id)
  assert.match(shown.stdout, /reactor\/bell, lane well\/a: parked/)
  assert.match(shown.stdout, /data +\{"coins":1\}/)
  assert.match(shown.stdout, /parked \(attempt 1\): the bell is broken/)
  // Also without the code of the business, from the store alone.
  const bare = await run(['dead-letters', '--store', environment.KHATA_STORE], { folder: folder.path })
  assert.match(bare.stdout, /well\/a/)
  assert.equal((await khata('dead-letters', 'show', 'nothing')).code, 2)
  assert.equal((await khata('dead-letters', '--consumer', 'nobody')).code, 2)
  assert.equal((await khata('dead-letters', '--state', 'lost')).code, 2)
})

test('a trace shows the reaction with its outcome and why', async () => {
  const [letter] = await letters('--lane', 'well/a')
  const { stdout } = await khata('trace', letter.eventId)
  assert.match(
    stdout,
    /^▸ Drop.*\n {2}• CoinDropped .*← this one\n {4}✗ reactor\/bell: parked\n {8}.*attempt 1\): the bell is broken/,
  )
  const tree = JSON.parse((await khata('trace', letter.eventId, '--json')).stdout)
  assert.equal(tree.children[0].children[0].outcome, 'parked')
})

test('a retry with corrected data is tried dry first, and what does not fit is refused', async () => {
  const [letter] = await letters('--lane', 'well/b')
  const wrong = await khata('dead-letters', 'retry', letter.id, '--data', '{"coins":"many"}', '--dry-run')
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /coins: /)
  const dry = await khata('dead-letters', 'retry', letter.id, '--data', '{"coins":20}', '--dry-run')
  assert.equal(dry.code, 0, dry.stderr)
  assert.equal((await letters('--state', 'parked')).length, 2)
  const file = folder.file('corrected.json')
  writeFileSync(file, '{"coins":21}')
  rmSync(environment.BELL_BROKEN)
  assert.equal((await khata('dead-letters', 'retry', letter.id, '--data', file, '--user', 'mina')).code, 0)
  const running = await worker()
  await until('rung', () => rung().includes('b:21'))
  await end(running)
  assert.deepEqual(rung(), ['b:21'])
  assert.equal((await khata('dead-letters', 'retry')).code, 2)
  assert.equal((await khata('dead-letters', 'retry', 'x', '--data', 'neither')).code, 2)
})

test('all of a consumer are retried at a rate, and what waited follows in order', async () => {
  const retried = await khata('dead-letters', 'retry', '--all', '--consumer', 'bell', '--rate', '100', '--json')
  assert.deepEqual(JSON.parse(retried.stdout), { retried: 1 })
  const running = await worker()
  await until('all', () => rung().length === 3)
  await end(running)
  assert.deepEqual(rung(), ['b:21', 'a:1', 'a:3'])
  const { stderr, code } = await khata('dead-letters')
  assert.deepEqual([code, stderr], [0, 'There are no dead letters.\n'])
})

test('a dead letter is discarded with a reason', async () => {
  writeFileSync(environment.BELL_BROKEN, '')
  await khata('execute', 'Drop', '{"wellId":"c","coins":5}')
  const running = await worker()
  await until('parked', async () => (await letters()).length === 1)
  const [letter] = await letters()
  assert.equal((await khata('dead-letters', 'discard', letter.id)).code, 2)
  assert.equal((await khata('dead-letters', 'discard', letter.id, '--reason', 'a test')).code, 0)
  await until('left out', async () => (await letters()).length === 0)
  await end(running)
  const { stdout } = await khata('trace', letter.eventId)
  assert.match(stdout, /– reactor\/bell: discarded\n[\s\S]*discarded: a test/)
})

test('consumers are listed, paused, rewound and resumed', async () => {
  rmSync(environment.BELL_BROKEN)
  const paused = await khata('consumers', 'pause', 'bell', '--reason', 'the ringer sleeps')
  assert.equal(paused.code, 0, paused.stderr)
  assert.match((await khata('consumers')).stdout, /^NAME .*\nreactor\/bell +4 +0 +up to date, paused: the ringer sleeps\n$/)
  const rewound = await khata('consumers', 'rewind', 'bell', '3', '--json')
  assert.equal(JSON.parse(rewound.stdout).lag, 1)
  assert.equal((await khata('consumers', 'rewind', 'bell', 'back')).code, 2)
  assert.equal((await khata('consumers', 'rewind', 'bell', '99')).code, 2)
  assert.equal((await khata('consumers', 'resume', 'bell')).code, 0)
  assert.equal((await khata('consumers', 'rewind', 'bell', '0')).code, 2)
  assert.equal((await khata('consumers', 'pause', 'gong')).code, 2)
  const running = await worker()
  await until('again', () => rung().includes('c:5'))
  await end(running)
})

test('a role that there is not stops the start with one line', async () => {
  const { code, stderr } = await khata('start', '--roles', 'api,cook')
  assert.equal(code, 2)
  assert.match(stderr, /there is no role 'cook'\. Roles: api, projections, reactors/)
})

test('a server over a copied store says that reactors wait for adopt', async () => {
  await khata('execute', 'Drop', '{"wellId":"d","coins":7}')
  copyFileSync(folder.file('bells.db'), folder.file('copy.db'))
  const copied = { ...environment, KHATA_STORE: `sqlite:${folder.file('copy.db')}` }
  const server = start(['start', '--json', ...config], { environment: copied })
  workers.push(server)
  const [line] = await server.until(/^\{.*\}$/m)
  const { url } = JSON.parse(line)
  const { attention } = (await (await fetch(`${url}/readyz`)).json()) as { attention: string[] }
  assert.match(attention.join(), /run `khata adopt`/)
  const { consumers } = (await (await fetch(`${url}/api/consumers`)).json()) as { consumers: any[] }
  assert.deepEqual([consumers[0].state, consumers[0].lag], ['idle', 1])
  server.process.kill('SIGTERM')
  assert.match((await server.ended).stderr, /until then no reactor/)
  assert.equal(rung().includes('d:7'), false)
  assert.equal((await run(['adopt', '--store', copied.KHATA_STORE], { environment: copied })).code, 0)
  const adopted = start(['start', '--roles', 'reactors', ...config], { environment: copied })
  workers.push(adopted)
  await until('sent by the adopted one', () => rung().includes('d:7'))
  adopted.process.kill('SIGTERM')
  await adopted.ended
})

test('notes say what happened and who did it, newest last, of all or of some events or kinds', async () => {
  const all = linesOf((await khata('notes', '--json')).stdout).map((line) => JSON.parse(line))
  assert.ok(all.length > 2)
  assert.deepEqual(
    all.map(({ id }) => id),
    all.map(({ id }) => id).sort(),
  )
  const parked = all.find(({ kind }) => kind === 'parked')
  const of = linesOf((await khata('notes', '--event', parked.eventId, '--kind', 'parked', '--json')).stdout)
  assert.ok(of.map((line) => JSON.parse(line)).some(({ id }) => id === parked.id))
  const { stdout } = await khata('notes', '--limit', '1')
  assert.match(stdout, /^AT +WHAT +CONSUMER +EVENT/)
  assert.equal(linesOf(stdout).length, 2)
  const text = await khata('notes', '--kind', 'parked')
  assert.match(text.stdout, /parked.*the bell is broken.*reactor\/bell/)
  const none = await khata('notes', '--kind', 'nothing-of-the-kind')
  assert.deepEqual([none.code, none.stdout], [0, ''])
  assert.match(none.stderr, /There are no such notes/)
})
