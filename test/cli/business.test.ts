import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { run, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const environment = { KHATA_STORE: `sqlite:${folder.file('bank.db')}` }
const khata = (...args: string[]) => run(args, { environment })

test('a command is executed and answers its receipt', async () => {
  const opened = await khata('execute', 'OpenAccount', '{"accountId":"A-1","owner":"Mina","currency":"BDT"}')
  assert.equal(opened.code, 0, opened.stderr)
  assert.match(opened.stdout, /^account\/A-1 version 1, position 1: AccountOpened\n$/)
  const deposited = await khata('execute', 'Deposit', '{"accountId":"A-1","amount":500}', '--json', '--user', 'mina')
  const receipt = JSON.parse(deposited.stdout)
  assert.equal(receipt.version, 2)
  assert.deepEqual(
    receipt.events.map(({ type }: { type: string }) => type),
    ['MoneyDeposited'],
  )
})

test('the input of a command can come from stdin, and its key makes it happen once', async () => {
  const input = '{"accountId":"A-1","amount":100}'
  const first = await run(['execute', 'Deposit', '-', '--key', 'k-1'], { environment, input })
  const second = await run(['execute', 'Deposit', '-', '--key', 'k-1'], { environment, input })
  assert.match(first.stdout, /version 3/)
  assert.match(second.stdout, /version 3, position 3: done before/)
})

test('a rejection is an answer with code 1, for people and for programs', async () => {
  const plain = await khata('execute', 'Withdraw', '{"accountId":"A-1","amount":9000}')
  assert.equal(plain.code, 1)
  assert.equal(plain.stdout, '')
  assert.match(plain.stderr, /Withdraw was rejected: insufficient-funds/)
  const json = await khata('execute', 'Withdraw', '{"accountId":"A-1","amount":9000}', '--json')
  assert.equal(JSON.parse(json.stdout).rejected, 'insufficient-funds')
})

test('wrong input names every wrong field, an unknown command and broken JSON say so, with code 2', async () => {
  const fields = await khata('execute', 'OpenAccount', '{"accountId":"A-2","currency":7}')
  assert.equal(fields.code, 2)
  assert.match(fields.stderr, /^ {2}owner: /m)
  assert.match(fields.stderr, /^ {2}currency: /m)
  assert.equal((await khata('execute', 'Nothing', '{}')).code, 2)
  const broken = await khata('execute', 'Deposit', '{"accountId"')
  assert.equal(broken.code, 2)
  assert.match(broken.stderr, /not JSON/)
})

test('an option that would be passed over in silence is wrong use', async () => {
  const wrong = [
    ['execute', 'Deposit', '{"accountId":"A-1","amount":1}', '--user', ''],
    ['state', 'account', 'A-1', '--version', '1', '--at', '2026-01-01'],
    ['notes', '--limit', '1001'],
    ['start', '--roles', 'gateway'],
    ['help', 'nope'],
  ]
  for (const args of wrong) {
    const { code, stdout, stderr } = await khata(...args)
    assert.deepEqual([code, stdout], [2, ''], `${args.join(' ')}: ${stderr}`)
  }
  const { code, stdout } = await khata('help', 'projections', 'rebuild')
  assert.equal(code, 0)
  assert.match(stdout, /Usage: khata projections rebuild/)
})

test('a query is answered as new as the log, also when no server runs', async () => {
  const { stdout, code } = await khata('query', 'balances', 'id=A-1')
  assert.equal(code, 0)
  assert.equal(JSON.parse(stdout).balance, 600)
  const none = await khata('query', 'balances', 'id=NOBODY')
  assert.equal(none.code, 1)
  assert.equal((await khata('query', 'no-such-view')).code, 2)
  assert.equal((await khata('query', 'balances', 'novalue')).code, 2)
})

test('the state of an aggregate can be seen now, at a version and at a time', async () => {
  const balanceOf = async (...args: string[]) => JSON.parse((await khata('state', 'account', 'A-1', ...args)).stdout).balance
  assert.equal(await balanceOf(), 600)
  assert.equal(await balanceOf('--version', '2'), 500)
  const { stdout } = await khata('stream', 'account', 'A-1', '--json', '--limit', '1')
  const { recordedAt } = JSON.parse(stdout)
  assert.equal(await balanceOf('--at', recordedAt), 0)
  const long = await khata('state', 'account', 'A-1', '--at', '2001-01-01')
  assert.equal(long.code, 1)
  assert.match(long.stderr, /There was no stream account\/A-1/)
  for (const time of ['yesterday', '2026-01-05 09:30', '2026-02-30'])
    assert.equal((await khata('state', 'account', 'A-1', '--at', time)).code, 2, time)
})

test('projections are listed, and one is rebuilt while a bar or lines show how far it is', async () => {
  const list = await khata('projections')
  assert.equal(list.code, 0, list.stderr)
  assert.match(list.stdout, /^NAME +MODE +DOCUMENTS +STANDING +FED BY\n/)
  assert.match(list.stdout, /^balances +async +1 +up to date +nobody$/m)
  const rebuilt = await khata('projections', 'rebuild', 'balances', '--json')
  assert.equal(rebuilt.code, 0, rebuilt.stderr)
  assert.equal(JSON.parse(rebuilt.stdout).state, 'live')
  assert.equal(JSON.parse((await khata('query', 'balances', 'id=A-1')).stdout).balance, 600)
  assert.equal((await khata('projections', 'rebuild', 'nothing')).code, 2)
  assert.equal((await khata('projections', 'cancel', 'balances')).code, 2)
})

test('verify finds nothing in a store that is well', async () => {
  const { code, stdout, stderr } = await khata('verify')
  assert.equal(code, 0, stdout + stderr)
  assert.equal(stdout, '')
  assert.match(stderr, /3 events and \d+ views: all is well/)
})

test('verify finds a document that somebody changed, and says so with code 1', async () => {
  using database = new DatabaseSync(folder.file('bank.db'))
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name))
  for (const table of tables.filter((name) => /^view_balances_\d+_\d+$/.test(name))) {
    database.exec(`UPDATE "${table}" SET _document = replace(_document, '600', '999')`)
  }
  const { code, stdout } = await khata('verify')
  assert.equal(code, 1)
  assert.match(stdout, /^balances: the document 'A-1' differs from a fresh fold$/m)
  assert.deepEqual(JSON.parse((await khata('verify', '--json')).stdout).ok, false)
})
