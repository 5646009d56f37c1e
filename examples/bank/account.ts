import { absent, aggregate, reject } from 'khata'
import * as z from 'zod'
import { flagOf, fraudCase } from './fraud-case.ts'

const accountId = z
  .string()
  .min(1)
  .max(100)
  .meta({ examples: ['ACC-001'] })
/** Money in minor units (cents, paisa): never floating point. */
const amount = z.int().positive()

const transferId = z.string().min(1).max(100)

/** A withdrawal of an account; its id is that of its `MoneyWithdrawn` event. */
interface Withdrawal {
  readonly id: string
  readonly amount: number
  readonly reversed: boolean
}

/** What an account's rules depend on. */
interface AccountState {
  readonly status: 'none' | 'open' | 'closed'
  readonly currency: string
  readonly balance: number
  readonly withdrawals: readonly Withdrawal[]
  /** When the newest five withdrawals happened, in order. */
  readonly newestWithdrawals: readonly string[]
  /** Whether five withdrawals ever fell within a minute. */
  readonly suspicious: boolean
  /** Money that has left this account and has not arrived, by transfer. */
  readonly inFlight: { readonly [transferId: string]: number }
}

const suspiciousCount = 5
const suspiciousWithinMs = 60_000

/** A bank account. Nothing is corrected in place: a wrong withdrawal is undone by a fact of its own. */
export const account = aggregate('account', {
  id: 'accountId',
  events: {
    AccountOpened: z.object({ owner: z.string(), currency: z.string() }),
    MoneyDeposited: z.object({ amount }),
    MoneyWithdrawn: z.object({ amount }),
    WithdrawalReversed: z.object({ withdrawalId: z.string(), amount, reason: z.string().optional() }),
    TransferSent: z.object({ transferId, to: z.string(), amount, currency: z.string() }),
    TransferReceived: z.object({ transferId, from: z.string(), amount }),
    TransferReturned: z.object({ transferId, amount }),
    TransferArrived: z.object({ transferId, amount }),
    AccountClosed: z.object({}),
  },
  initial: {
    status: 'none',
    currency: '',
    balance: 0,
    withdrawals: [],
    newestWithdrawals: [],
    suspicious: false,
    inFlight: {},
  } as AccountState,
  evolve: {
    AccountOpened: (state, { currency }) => ({ ...state, status: 'open', currency }),
    MoneyDeposited: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
    MoneyWithdrawn: (state, { amount }, { id, occurredAt }) => ({
      ...state,
      balance: state.balance - amount,
      withdrawals: [...state.withdrawals, { id, amount, reversed: false }],
      ...watched(state, occurredAt),
    }),
    WithdrawalReversed: (state, { withdrawalId, amount }) => ({
      ...state,
      balance: state.balance + amount,
      withdrawals: state.withdrawals.map((each) => (each.id === withdrawalId ? { ...each, reversed: true } : each)),
    }),
    TransferSent: (state, { transferId, amount }) => ({
      ...state,
      balance: state.balance - amount,
      inFlight: { ...state.inFlight, [transferId]: amount },
    }),
    TransferReceived: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
    TransferReturned: (state, { transferId, amount }) => ({
      ...state,
      balance: state.balance + amount,
      inFlight: without(state.inFlight, transferId),
    }),
    TransferArrived: (state, { transferId }) => ({ ...state, inFlight: without(state.inFlight, transferId) }),
    AccountClosed: (state) => ({ ...state, status: 'closed' }),
  },
  commands: {
    OpenAccount: {
      description: 'Opens an account with a balance of 0. The number of a closed account is not given out again.',
      input: z.object({ accountId, owner: z.string().min(1).max(200), currency: z.string().length(3) }),
      rejections: ['already-open', 'closed'],
      decide: ({ owner, currency }, { status }) => {
        if (status === 'open') return reject('already-open')
        if (status === 'closed') return reject('closed')
        return { type: 'AccountOpened', data: { owner, currency } }
      },
    },
    Deposit: {
      input: z.object({ accountId, amount }),
      rejections: ['not-open', 'balance-too-large'],
      decide: ({ amount }, { status, balance }) => {
        if (status !== 'open') return reject('not-open')
        if (!Number.isSafeInteger(balance + amount)) return reject('balance-too-large', { balance })
        return { type: 'MoneyDeposited', data: { amount } }
      },
    },
    Withdraw: {
      input: z.object({ accountId, amount }),
      rejections: ['not-open', 'insufficient-funds'],
      decide: ({ amount }, { status, balance }) => {
        if (status !== 'open') return reject('not-open')
        if (amount > balance) return reject('insufficient-funds', { balance })
        return { type: 'MoneyWithdrawn', data: { amount } }
      },
    },
    ReverseWithdrawal: {
      description: 'Undoes a withdrawal, once. `withdrawalId` is the id of its MoneyWithdrawn event.',
      input: z.object({ accountId, withdrawalId: z.string().min(1).max(100), reason: z.string().max(500).optional() }),
      rejections: ['not-open', 'unknown-withdrawal', 'already-reversed', 'balance-too-large'],
      decide: ({ withdrawalId, reason }, { status, balance, withdrawals }) => {
        if (status !== 'open') return reject('not-open')
        const withdrawal = withdrawals.find((each) => each.id === withdrawalId)
        if (!withdrawal) return reject('unknown-withdrawal')
        if (withdrawal.reversed) return reject('already-reversed')
        const { amount } = withdrawal
        if (!Number.isSafeInteger(balance + amount)) return reject('balance-too-large', { balance })
        return { type: 'WithdrawalReversed', data: { withdrawalId, amount, reason } }
      },
    },
    SendTransfer: {
      description: 'The first step of a transfer: money leaves this account. See StartTransfer.',
      input: z.object({ accountId, transferId, to: accountId, amount }),
      rejections: ['unknown-account', 'closed', 'insufficient-funds'],
      decide: ({ transferId, to, amount }, { status, currency, balance }) => {
        if (status !== 'open') return reject(status === 'none' ? 'unknown-account' : 'closed')
        if (amount > balance) return reject('insufficient-funds', { balance })
        return { type: 'TransferSent', data: { transferId, to, amount, currency } }
      },
    },
    ReceiveTransfer: {
      description: 'The second step of a transfer: money arrives in this account.',
      input: z.object({ accountId, transferId, from: accountId, amount, currency: z.string() }),
      rejections: ['unknown-account', 'closed', 'currency-mismatch', 'balance-too-large'],
      decide: ({ transferId, from, amount, currency }, account) => {
        if (account.status !== 'open') return reject(account.status === 'none' ? 'unknown-account' : 'closed')
        if (account.currency !== currency) return reject('currency-mismatch', { currency: account.currency })
        if (!Number.isSafeInteger(account.balance + amount)) return reject('balance-too-large')
        return { type: 'TransferReceived', data: { transferId, from, amount } }
      },
    },
    ReturnTransfer: {
      description: 'Undoes the first step of a transfer: the money comes back.',
      input: z.object({ accountId, transferId }),
      rejections: ['not-in-flight'],
      decide: ({ transferId }, { inFlight }) => {
        const amount = inFlight[transferId]
        return amount === undefined ? reject('not-in-flight') : { type: 'TransferReturned', data: { transferId, amount } }
      },
    },
    SettleTransfer: {
      description: 'The last step of a transfer: the money has arrived where it went.',
      input: z.object({ accountId, transferId }),
      rejections: ['not-in-flight'],
      decide: ({ transferId }, { inFlight }) => {
        const amount = inFlight[transferId]
        return amount === undefined ? reject('not-in-flight') : { type: 'TransferArrived', data: { transferId, amount } }
      },
    },
    FlagAccount: {
      description: 'Flags an account of which five withdrawals fell within a minute, once. To others nothing happens.',
      input: z.object({ accountId }),
      rejections: ['already-flagged'],
      decide: ({ accountId }, { suspicious }) => {
        if (!suspicious) return null
        const flagged = { type: 'AccountFlagged', data: { reason: 'five withdrawals within a minute' } } as const
        return [
          fraudCase.to(accountId, flagged),
          absent([{ types: ['AccountFlagged'], tags: [flagOf(accountId)] }], 'already-flagged'),
        ]
      },
    },
    CloseAccount: {
      input: z.object({ accountId }),
      rejections: ['not-open', 'balance-not-zero', 'transfer-in-flight'],
      decide: (_, { status, balance, inFlight }) => {
        if (status !== 'open') return reject('not-open')
        if (balance !== 0) return reject('balance-not-zero', { balance })
        // It may come back, and then there must be an account to come back to.
        if (Object.keys(inFlight).length > 0) return reject('transfer-in-flight')
        return { type: 'AccountClosed', data: {} }
      },
    },
  },
  snapshot: { every: 500 },
})

function without<Value>(all: { readonly [key: string]: Value }, key: string): { readonly [key: string]: Value } {
  const { [key]: _, ...rest } = all
  return rest
}

/** Goes by when withdrawals happened, not by when they were recorded. */
function watched(state: AccountState, at: string): Partial<AccountState> {
  const newestWithdrawals = [...state.newestWithdrawals, at].sort().slice(-suspiciousCount)
  const spanMs = Date.parse(newestWithdrawals.at(-1) ?? at) - Date.parse(newestWithdrawals[0] ?? at)
  const suspicious = newestWithdrawals.length === suspiciousCount && spanMs <= suspiciousWithinMs
  return { newestWithdrawals, suspicious: suspicious || state.suspicious }
}
