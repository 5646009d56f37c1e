import { test } from 'node:test'
import { given, pastTime } from 'khata/testing'
import { account } from './account.ts'
import { fraudCase } from './fraud-case.ts'

const accountId = 'ACC-001'
const opened = { type: 'AccountOpened', data: { owner: 'Ayesha', currency: 'BDT' } } as const
const deposited = (amount: number) => ({ type: 'MoneyDeposited', data: { amount } }) as const
const withdrawn = (amount: number, id: string) => ({ type: 'MoneyWithdrawn', data: { amount }, id }) as const
const reversed = (withdrawalId: string, amount: number) =>
  ({ type: 'WithdrawalReversed', data: { withdrawalId, amount } }) as const
const sent = (transferId: string, amount: number) =>
  ({ type: 'TransferSent', data: { transferId, to: 'ACC-002', amount, currency: 'BDT' } }) as const
const untouched = {
  status: 'none',
  currency: '',
  balance: 0,
  withdrawals: [],
  newestWithdrawals: [],
  suspicious: false,
  inFlight: {},
} as const
const closed = { type: 'AccountClosed', data: {} } as const

test('An account is opened once', () => {
  const open = { accountId, owner: 'Ayesha', currency: 'BDT' }
  given(account).when('OpenAccount', open).expect(opened)
  given(account, [opened]).when('OpenAccount', open).expectRejection('already-open')
  given(account, [opened, closed]).when('OpenAccount', open).expectRejection('closed')
})

test('The classic history leaves 5,000', () => {
  given(account, [opened, deposited(10_000), withdrawn(3_000, 'w1'), deposited(2_000)])
    .when('Withdraw', { accountId, amount: 4_000 })
    .expect({ type: 'MoneyWithdrawn', data: { amount: 4_000 } })
    .expectState({
      ...untouched,
      status: 'open',
      currency: 'BDT',
      balance: 5_000,
      newestWithdrawals: [pastTime(3), pastTime(5)],
      withdrawals: [
        { id: 'w1', amount: 3_000, reversed: false },
        { id: '00000000-0000-7000-8000-000000000005', amount: 4_000, reversed: false },
      ],
    })
})

test('Nothing happens to an account that is not open', () => {
  for (const past of [[], [opened, closed]]) {
    given(account, past).when('Deposit', { accountId, amount: 1 }).expectRejection('not-open')
    given(account, past).when('Withdraw', { accountId, amount: 1 }).expectRejection('not-open')
    given(account, past).when('ReverseWithdrawal', { accountId, withdrawalId: 'w1' }).expectRejection('not-open')
    given(account, past).when('CloseAccount', { accountId }).expectRejection('not-open')
  }
})

test('Amounts are whole numbers above zero', () => {
  for (const amount of [0, -1, 0.5, Number.NaN, 2 ** 60]) {
    given(account, [opened]).when('Deposit', { accountId, amount }).expectInvalid('amount')
    given(account, [opened]).when('Withdraw', { accountId, amount }).expectInvalid('amount')
  }
})

test('All of the balance can be withdrawn, and not one more', () => {
  const past = [opened, deposited(500)]
  given(account, past)
    .when('Withdraw', { accountId, amount: 500 })
    .expect({ type: 'MoneyWithdrawn', data: { amount: 500 } })
  given(account, past).when('Withdraw', { accountId, amount: 501 }).expectRejection('insufficient-funds', { balance: 500 })
})

test('A balance never grows beyond what can be counted exactly', () => {
  const almost = Number.MAX_SAFE_INTEGER - 1
  given(account, [opened, deposited(almost)])
    .when('Deposit', { accountId, amount: 2 })
    .expectRejection('balance-too-large', { balance: almost })
  given(account, [opened, deposited(2), withdrawn(2, 'w1'), deposited(almost)])
    .when('ReverseWithdrawal', { accountId, withdrawalId: 'w1' })
    .expectRejection('balance-too-large', { balance: almost })
})

test('A wrong withdrawal is undone by a fact of its own, once', () => {
  const past = [opened, deposited(100), withdrawn(40, 'w1'), withdrawn(10, 'w2')]
  given(account, past)
    .when('ReverseWithdrawal', { accountId, withdrawalId: 'w1', reason: 'wrong account' })
    .expect({ type: 'WithdrawalReversed', data: { withdrawalId: 'w1', amount: 40, reason: 'wrong account' } })
  given(account, [...past, reversed('w1', 40)])
    .when('ReverseWithdrawal', { accountId, withdrawalId: 'w1' })
    .expectRejection('already-reversed')
  given(account, [...past, reversed('w1', 40)])
    .when('ReverseWithdrawal', { accountId, withdrawalId: 'w2' })
    .expect(reversed('w2', 10))
  given(account, past).when('ReverseWithdrawal', { accountId, withdrawalId: 'w3' }).expectRejection('unknown-withdrawal')
})

test('Only an empty account is closed', () => {
  given(account, [opened]).when('CloseAccount', { accountId }).expect(closed)
  given(account, [opened, deposited(7)])
    .when('CloseAccount', { accountId })
    .expectRejection('balance-not-zero', { balance: 7 })
  given(account, [opened, deposited(7), withdrawn(7, 'w1')])
    .when('CloseAccount', { accountId })
    .expect(closed)
})

test('Money that leaves for another account is in flight until it arrives or comes back', () => {
  const past = [opened, deposited(100), sent('t1', 60)]
  given(account, [opened, deposited(100)])
    .when('SendTransfer', { accountId, transferId: 't1', to: 'ACC-002', amount: 60 })
    .expect(sent('t1', 60))
  given(account, past)
    .when('SendTransfer', { accountId, transferId: 't2', to: 'ACC-002', amount: 41 })
    .expectRejection('insufficient-funds', { balance: 40 })
  given(account, past)
    .when('ReturnTransfer', { accountId, transferId: 't1' })
    .expect({ type: 'TransferReturned', data: { transferId: 't1', amount: 60 } })
    .expectState({ ...untouched, status: 'open', currency: 'BDT', balance: 100 })
  const arrived = { type: 'TransferArrived', data: { transferId: 't1', amount: 60 } } as const
  given(account, past).when('SettleTransfer', { accountId, transferId: 't1' }).expect(arrived)
  given(account, [...past, arrived])
    .when('ReturnTransfer', { accountId, transferId: 't1' })
    .expectRejection('not-in-flight')
  const empty = [opened, deposited(60), sent('t1', 60)]
  given(account, empty).when('CloseAccount', { accountId }).expectRejection('transfer-in-flight')
})

test('Money arrives only in an open account of its currency', () => {
  const receive = { accountId, transferId: 't1', from: 'ACC-002', amount: 60, currency: 'BDT' }
  given(account, [opened])
    .when('ReceiveTransfer', receive)
    .expect({ type: 'TransferReceived', data: { transferId: 't1', from: 'ACC-002', amount: 60 } })
  given(account).when('ReceiveTransfer', receive).expectRejection('unknown-account')
  given(account, [opened, closed]).when('ReceiveTransfer', receive).expectRejection('closed')
  given(account, [opened])
    .when('ReceiveTransfer', { ...receive, currency: 'EUR' })
    .expectRejection('currency-mismatch', { currency: 'BDT' })
})

test('Five withdrawals within a minute flag an account, once, by when they happened', () => {
  const at = (second: number, id: string) =>
    ({ ...withdrawn(1, id), occurredAt: new Date(Date.UTC(2026, 0, 1, 9, 0, second)).toISOString() }) as const
  const flagged = fraudCase.to(accountId, {
    type: 'AccountFlagged',
    data: { reason: 'five withdrawals within a minute' },
  })
  const past = [opened, deposited(100)]
  const quick = [0, 15, 30, 45, 60].map((second) => at(second, `w${second}`))
  const looking = (...events: readonly (typeof flagged | ReturnType<typeof at>)[]) =>
    given(account, [...past, ...events], { use: [fraudCase] }).when('FlagAccount', { accountId })
  looking(...quick).expect(flagged)
  looking(...[...quick].reverse()).expect(flagged)
  looking(...quick.slice(1)).expect()
  looking(...quick.slice(0, 4), at(61, 'w61')).expect()
  looking(...quick, flagged, at(61, 'w61')).expectTaken('already-flagged')
  looking(...quick, ...[600, 1_200, 1_800, 2_400, 3_000].map((second) => at(second, `w${second}`))).expect(flagged)
})
