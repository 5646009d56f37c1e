import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { writeLog } from './exported-log.ts'
import { linesOf, run, start, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const environment = { KHATA_STORE: `sqlite:${folder.file('log.db')}` }
const khata = (...args: string[]) => run(args, { environment })
const inputs = [
  ['OpenAccount', { accountId: 'A-1', owner: 'Mina', currency: 'BDT' }],
  ['Deposit', { accountId: 'A-1', amount: 10_000 }],
  ['Withdraw', { accountId: 'A-1', amount: 3_000 }],
  ['OpenAccount', { accountId: 'A-2', owner: 'Omar', currency: 'BDT' }],
] as const

before(async () => {
  for (const [command, input] of inputs) {
    const { code, stderr } = await khata('execute', command, JSON.stringify(input))
    assert.equal(code, 0, stderr)
  }
})

const positions = (stdout: string) => linesOf(stdout).map((line) => JSON.parse(line).position)

test('events are listed in order, from any place, by type, category and the newest', async () => {
  const all = await khata('events')
  assert.equal(linesOf(all.stdout).length, 4)
  assert.match(linesOf(all.stdout)[1] ?? '', /^ +2 {2}\S+Z {2}account\/A-1 v2 {2}MoneyDeposited {2}\{"amount":10000\}$/)
  assert.deepEqual(positions((await khata('events', '--json', '--after', '2')).stdout), [3, 4])
  assert.deepEqual(positions((await khata('events', '--json', '--limit', '3')).stdout), [1, 2, 3])
  assert.deepEqual(positions((await khata('events', '--json', '--last', '2')).stdout), [3, 4])
  assert.deepEqual(positions((await khata('events', '--json', '--type', 'AccountOpened')).stdout), [1, 4])
  assert.equal((await khata('events', '--category', 'order')).stdout, '')
})

test('the newest are listed however many they are', async () => {
  const log = folder.file('long.ndjson')
  await writeLog(log, 2_500)
  const options = { environment: { KHATA_STORE: `sqlite:${folder.file('long.db')}` } }
  assert.equal((await run(['import', log], options)).code, 0)
  for (const [last, first] of [
    [2_100, 401],
    [9_000, 1],
  ] as const) {
    const { stdout } = await run(['events', '--json', '--last', String(last)], options)
    const listed = positions(stdout)
    assert.deepEqual([listed[0], listed.at(-1), listed.length], [first, 2_500, 2_501 - first])
  }
})

test('a place behind the end of the log is said to be one', async () => {
  for (const args of [[], ['--follow']]) {
    const { code, stderr } = await khata('events', '--after', '1000', ...args)
    assert.equal(code, 2, stderr)
    assert.match(stderr, /position 1000, and the log ends at 4/)
  }
})

test('one stream is listed in order, and an unknown one is said to be so', async () => {
  const { stdout } = await khata('stream', 'account', 'A-1', '--json', '--from', '2')
  assert.deepEqual(
    linesOf(stdout).map((line) => JSON.parse(line).version),
    [2, 3],
  )
  const none = await khata('stream', 'account', 'NOBODY')
  assert.equal(none.code, 1)
  assert.match(none.stderr, /There is no stream account\/NOBODY/)
})

test('the log can be read without a config, from its store alone', async () => {
  const options = { folder: folder.path }
  const events = await run(['events', '--store', environment.KHATA_STORE, '--json'], options)
  assert.equal(events.code, 0, events.stderr)
  assert.deepEqual(positions(events.stdout), [1, 2, 3, 4])
  assert.equal((await run(['verify', '--store', environment.KHATA_STORE], options)).code, 0)
  const state = await run(['state', 'account', 'A-1', '--store', environment.KHATA_STORE], options)
  assert.equal(state.code, 2)
  assert.match(state.stderr, /There is no khata\.config\.ts here/)
})

test('a store that is not there is not made by reading it', async () => {
  const { code, stderr } = await khata('events', '--store', `sqlite:${folder.file('typo.db')}`)
  assert.equal(code, 3)
  assert.match(stderr, /There is no store at/)
})

test('following shows what another process records, and ends with Ctrl-C', async () => {
  const following = start(['events', '--follow', '--json', '--after', '4'], { environment })
  await khata('execute', 'Deposit', '{"accountId":"A-2","amount":7}')
  const [line] = await following.until(/^.*MoneyDeposited.*$/m)
  assert.deepEqual(JSON.parse(line).data, { amount: 7 })
  following.process.kill('SIGINT')
  assert.equal((await following.ended).code, 0)
})

test('following from the newest shows those and then what comes', async () => {
  const following = start(['events', '--follow', '--json', '--last', '2', '--limit', '3'], { environment })
  await following.until(/"position":5\b/)
  await khata('execute', 'Deposit', '{"accountId":"A-2","amount":8}')
  const { code, stdout } = await following.ended
  assert.equal(code, 0)
  assert.deepEqual(positions(stdout), [4, 5, 6])
})

test('a reader that goes away ends the listing without a word', async () => {
  const listing = start(['events', '--follow', '--after', '0'], { environment })
  await listing.until(/AccountOpened/)
  listing.process.stdout.destroy()
  await khata('execute', 'Deposit', '{"accountId":"A-2","amount":9}')
  const { code, stderr } = await listing.ended
  assert.equal(code, 0)
  assert.equal(stderr, '')
})

test('the trace of an event shows its command', async () => {
  const { stdout } = await khata('events', '--json', '--limit', '1')
  const { id } = JSON.parse(stdout)
  const traced = await khata('trace', id)
  assert.match(traced.stdout, /OpenAccount/)
  assert.match(traced.stdout, /AccountOpened {2}account\/A-1 v1, position 1.*← this one/)
  const unknown = await khata('trace', '01a2034f-0000-7000-8000-000000000000')
  assert.equal(unknown.code, 1)
})
