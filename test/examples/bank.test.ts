import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { account, bank, loan } from '@khata/example-bank'
import { sample } from '@khata/example-bank/sample'
import { khata } from 'khata'
import { untilTrue as until } from '../../src/runtime/reactions/eventually.fixture.ts'

const folder = await mkdtemp(join(tmpdir(), 'khata-bank-'))
after(() => rm(folder, { recursive: true, force: true }))

let stores = 0
function start(store = `sqlite:${join(folder, `${++stores}.db`)}`, clock?: () => number) {
  return khata({ store, use: bank, ...(clock ? { clock } : {}) })
}

const accountId = 'ACC-001'
const open = { accountId, owner: 'Ayesha Rahman', currency: 'BDT' }

test('The classic history: the balance after each step, at each version and at each moment', async () => {
  let now = Date.parse('2026-01-05T09:00:00.000Z')
  await using app = await start(undefined, () => now)
  const steps = [
    ['OpenAccount', open, 0],
    ['Deposit', { accountId, amount: 10_000 }, 10_000],
    ['Withdraw', { accountId, amount: 3_000 }, 7_000],
    ['Deposit', { accountId, amount: 2_000 }, 9_000],
    ['Withdraw', { accountId, amount: 4_000 }, 5_000],
  ] as const
  const moments: string[] = []
  for (const [command, input, balance] of steps) {
    const receipt = await app.execute(command as 'Deposit', input as { accountId: string; amount: number })
    assert.equal((await app.load(account, accountId)).state.balance, balance)
    assert.equal((await app.views.balances.get(accountId, { after: receipt.token }))?.balance, balance)
    moments.push(new Date(now).toISOString())
    now += 60_000
  }
  for (const [index, [, , balance]] of steps.entries()) {
    const at = moments[index] as string
    assert.equal((await app.load(account, accountId, { version: index + 1 })).state.balance, balance)
    assert.equal((await app.load(account, accountId, { at })).state.balance, balance)
    const halfAMinuteLater = new Date(Date.parse(at) + 30_000)
    assert.deepEqual(await app.load(account, accountId, { at: halfAMinuteLater }).then(({ version }) => version), index + 1)
  }
  assert.deepEqual(await app.load(account, accountId, { at: new Date('2026-01-05T08:59:59.999Z') }), {
    state: account.definition.initial,
    version: 0,
    at: null,
  })
})

test('Of 1,000 concurrent withdrawals of 1 from a balance of 500, exactly 500 are accepted', async () => {
  await using app = await start()
  await app.execute('OpenAccount', open)
  await app.execute('Deposit', { accountId, amount: 500 })
  const outcomes = await Promise.all(Array.from({ length: 1_000 }, () => app.attempt('Withdraw', { accountId, amount: 1 })))
  const rejected = outcomes.filter((outcome) => outcome.rejected !== undefined)
  assert.equal(outcomes.length - rejected.length, 500)
  for (const { rejected: code, detail } of rejected) assert.deepEqual([code, detail], ['insufficient-funds', { balance: 0 }])
  assert.equal((await app.load(account, accountId)).state.balance, 0)
  const { token } = await app.events.head()
  const withdrawals = (await app.events.read({ types: ['MoneyWithdrawn'], limit: 1_000 })).events
  assert.equal(withdrawals.length, 500)
  assert.equal((await app.views.balances.get(accountId, { after: token }))?.balance, 0)
})

test('Every refusal has its code', async () => {
  await using app = await start()
  const rejects = async (code: string, attempt: Promise<{ readonly rejected?: string }>) =>
    assert.equal((await attempt).rejected, code)

  await rejects('not-open', app.attempt('Deposit', { accountId, amount: 1 }))
  await rejects('not-open', app.attempt('Withdraw', { accountId, amount: 1 }))
  await rejects('not-open', app.attempt('ReverseWithdrawal', { accountId, withdrawalId: 'w' }))
  await rejects('not-open', app.attempt('CloseAccount', { accountId }))
  await app.execute('OpenAccount', open)
  await rejects('already-open', app.attempt('OpenAccount', open))
  await app.execute('Deposit', { accountId, amount: 100 })
  await rejects('insufficient-funds', app.attempt('Withdraw', { accountId, amount: 101 }))
  await rejects('balance-too-large', app.attempt('Deposit', { accountId, amount: Number.MAX_SAFE_INTEGER }))
  await rejects('balance-not-zero', app.attempt('CloseAccount', { accountId }))
  const { events } = await app.execute('Withdraw', { accountId, amount: 100 })
  const withdrawalId = events[0]?.id ?? ''
  await rejects('unknown-withdrawal', app.attempt('ReverseWithdrawal', { accountId, withdrawalId: 'another' }))
  await app.execute('ReverseWithdrawal', { accountId, withdrawalId, reason: 'wrong account' })
  await rejects('already-reversed', app.attempt('ReverseWithdrawal', { accountId, withdrawalId }))
  assert.equal((await app.load(account, accountId)).state.balance, 100)
  await app.execute('Withdraw', { accountId, amount: 100 })
  await app.execute('CloseAccount', { accountId })
  await rejects('not-open', app.attempt('Deposit', { accountId, amount: 1 }))
  await rejects('closed', app.attempt('OpenAccount', open))

  for (const amount of [0, -1, 1.5, Number.NaN, 2 ** 53]) {
    await assert.rejects(app.execute('Deposit', { accountId, amount }), { code: 'validation' })
  }
  await assert.rejects(app.execute('Withdraw', { accountId, amount: 1 }), { name: 'Rejected', rejected: 'not-open' })
})

test('One withdrawal is reversed once, however many try at once', async () => {
  await using app = await start()
  await app.execute('OpenAccount', open)
  await app.execute('Deposit', { accountId, amount: 100 })
  const { events } = await app.execute('Withdraw', { accountId, amount: 60 })
  const withdrawalId = events[0]?.id ?? ''
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => app.attempt('ReverseWithdrawal', { accountId, withdrawalId })),
  )
  assert.equal(outcomes.filter(({ rejected }) => rejected === undefined).length, 1)
  assert.equal(outcomes.filter(({ rejected }) => rejected === 'already-reversed').length, 49)
  assert.equal((await app.load(account, accountId)).state.balance, 100)
})

test('A statement shows the balance after each line, a page at a time, newest first', async () => {
  await using app = await start()
  await app.execute('OpenAccount', open)
  await app.execute('OpenAccount', { ...open, accountId: 'ACC-0011' })
  const balances = [0]
  let after = ''
  for (let step = 1; step <= 24; step++) {
    const amount = step * 10
    const command = step % 3 === 0 ? 'Withdraw' : 'Deposit'
    after = (await app.execute(command, { accountId, amount })).token
    balances.push((balances.at(-1) ?? 0) + (command === 'Deposit' ? amount : -amount))
  }
  const shown: number[] = []
  let pages = 0
  for (let cursor: string | null | undefined; cursor !== null; pages++) {
    const page = await app.query('statement', { accountId, limit: 10, ...(cursor ? { cursor } : {}) }, { after })
    for (const { version, balance, what, change } of page.lines) {
      shown.push(balance)
      assert.equal(version, 26 - shown.length)
      assert.equal(balance, balances[version - 1])
      if (version > 1) assert.equal(change, balance - (balances[version - 2] ?? 0))
      assert.equal(what, version === 1 ? 'opened' : change > 0 ? 'deposit' : 'withdrawal')
    }
    cursor = page.next
  }
  assert.deepEqual(shown, [...balances].reverse())
  assert.equal(pages, 3)
  assert.deepEqual(await app.query('statement', { accountId: 'nobody' }), { accountId: 'nobody', lines: [], next: null })
  await assert.rejects(app.query('statement', { accountId, cursor: '1:2; drop' }), { code: 'validation' })
})

test('The audit trail says who did what, and caused by what', async () => {
  await using app = await start()
  await app.execute('OpenAccount', open, { user: { id: 'clerk-7' }, correlationId: 'visit-1' })
  const { token, events } = await app.execute(
    'Deposit',
    { accountId, amount: 5 },
    { user: { id: 'clerk-8' }, correlationId: 'visit-1', causationId: 'slip-3', occurredAt: '2025-12-31T23:00:00.000Z' },
  )
  const { items } = await app.views['audit-trail'].find({ where: { correlationId: 'visit-1' }, after: token })
  assert.equal(items.length, 2)
  const [entry] = (await app.views['audit-trail'].find({ where: { principal: 'clerk-8' }, order: '-position' })).items
  assert.equal(entry?.id, events[0]?.id)
  const { commandId, recordedAt, ...rest } = entry?.document ?? {}
  assert.ok(commandId && recordedAt)
  assert.deepEqual(rest, {
    position: 2,
    accountId,
    event: 'MoneyDeposited',
    principal: 'clerk-8',
    command: 'Deposit',
    causationId: 'slip-3',
    correlationId: 'visit-1',
    occurredAt: '2025-12-31T23:00:00.000Z',
  })
})

test('The sample is there once, however often it is filled in', async () => {
  const store = `sqlite:${join(folder, 'sample.db')}`
  for (let round = 0; round < 2; round++) {
    await using app = await start(store)
    await sample(app)
    await sample(app)
    const { position, token } = await app.events.head()
    assert.equal(position, 11)
    assert.deepEqual(await app.views.balances.get(accountId, { after: token }), {
      owner: 'Ayesha Rahman',
      currency: 'BDT',
      status: 'open',
      balance: 5_000,
    })
  }
})

test('A transfer arrives, or its money comes back and it says why', async () => {
  await using app = await start()
  for (const id of ['A', 'B', 'gone']) await app.execute('OpenAccount', { ...open, accountId: id })
  await app.execute('OpenAccount', { ...open, accountId: 'abroad', currency: 'EUR' })
  await app.execute('CloseAccount', { accountId: 'gone' })
  await app.execute('Deposit', { accountId: 'A', amount: 1_000 })
  const ends = [
    ['B', 200, 'completed', null],
    ['gone', 200, 'failed', 'closed'],
    ['nobody', 200, 'failed', 'unknown-account'],
    ['abroad', 200, 'failed', 'currency-mismatch'],
    ['B', 5_000, 'failed', 'insufficient-funds'],
  ] as const
  for (const [n, [to, amount]] of ends.entries()) {
    await app.execute('StartTransfer', { transferId: `T-${n}`, from: 'A', to, amount })
  }
  for (const [n, [, , status, reason]] of ends.entries()) {
    await until(async () => (await app.views.transfers.get(`T-${n}`))?.status === status)
    assert.equal((await app.views.transfers.get(`T-${n}`))?.reason, reason)
  }
  assert.equal((await app.load(account, 'A')).state.balance, 800)
  assert.equal((await app.load(account, 'B')).state.balance, 200)
  await until(async () => (await app.views.balances.get('A'))?.balance === 800)
  const { lines } = await app.query('statement', { accountId: 'A' }, { after: (await app.events.head()).token })
  assert.equal(lines[0]?.balance, 800)
  assert.equal(lines.filter(({ what }) => what === 'transfer').length, 7)
  const same = await app.attempt('StartTransfer', { transferId: 'T-9', from: 'A', to: 'A', amount: 1 })
  assert.equal(same.rejected, 'same-account')
})

test('A loan is paid out, repaid in parts, and settled; one that is not repaid in time is late, across a restart', async () => {
  let now = Date.parse('2026-01-05T09:00:00.000Z')
  const store = `sqlite:${join(folder, 'loans.db')}`
  const hour = 3_600
  {
    await using app = await start(store, () => now)
    await app.execute('OpenAccount', open)
    for (const loanId of ['good', 'bad', 'refused', 'nowhere']) {
      await app.execute('ApplyForLoan', {
        loanId,
        accountId: loanId === 'nowhere' ? 'no account' : accountId,
        amount: 1_000,
        termSeconds: hour,
      })
      if (loanId === 'refused') await app.execute('RefuseLoan', { loanId, reason: 'no income' })
      else await app.execute('ApproveLoan', { loanId })
    }
    const is = (loanId: string, status: string) => until(async () => (await app.views.loans.get(loanId))?.status === status)
    await Promise.all([is('good', 'disbursed'), is('bad', 'disbursed'), is('refused', 'refused'), is('nowhere', 'cancelled')])
    assert.equal((await app.load(account, accountId)).state.balance, 2_000)
    for (const left of [600, 0]) {
      const { outstanding } = (await app.load(loan, 'good')).state
      await app.execute('RepayLoan', { loanId: 'good', amount: outstanding - left })
      await until(async () => (await app.load(loan, 'good')).state.outstanding === left)
    }
    await is('good', 'settled')
    await app.execute('Withdraw', { accountId, amount: 1_000 })
    await app.execute('RepayLoan', { loanId: 'bad', amount: 500 })
    await until(async () => (await app.load(loan, 'bad')).state.pending === null)
    assert.equal((await app.load(loan, 'bad')).state.outstanding, 1_000)
  }
  now += (hour + 1) * 1_000
  await using app = await start(store, () => now)
  await until(async () => (await app.views.loans.get('bad'))?.status === 'late')
  assert.equal((await app.views.loans.get('good'))?.status, 'settled')
  assert.deepEqual((await app.reactions.deadLetters()).items, [])
})

test('Five withdrawals within a minute flag an account, once, however many come at once', async () => {
  await using app = await start()
  for (const id of ['busy', 'calm']) {
    await app.execute('OpenAccount', { ...open, accountId: id })
    await app.execute('Deposit', { accountId: id, amount: 100 })
  }
  const begin = Date.parse('2026-01-05T09:00:00.000Z')
  const withdraw = (id: string, second: number) =>
    app.execute('Withdraw', { accountId: id, amount: 1 }, { occurredAt: new Date(begin + second * 1_000) })
  for (let n = 0; n < 9; n++) await withdraw('calm', n * 16)
  await Promise.all(Array.from({ length: 40 }, (_, n) => withdraw('busy', n)))
  await until(async () => (await app.reactions.status('fraud-watch')).lag === 0)
  const { events } = await app.events.read({ types: ['AccountFlagged'] })
  assert.deepEqual(
    events.map(({ streamId }) => streamId),
    ['busy'],
  )
  assert.ok(await app.views['flagged-accounts'].get('busy', { after: (await app.events.head()).token }))
  await app.execute('CloseFraudCase', { accountId: 'busy', outcome: 'a market stall' })
  await assert.rejects(app.execute('CloseFraudCase', { accountId: 'calm', outcome: '-' }), { rejected: 'no-open-case' })
})
