import { aggregate, event, projection, query, reject } from 'khata'
import * as z from 'zod'

const amount = z.int().positive()

/** Two events with one name in common with {@link wallet}, and commands with and without rejections. */
export const account = aggregate('account', {
  id: 'accountId',
  events: {
    AccountOpened: event(z.object({ name: z.string() })).next(z.object({ owner: z.string(), currency: z.string() }), (old) => ({
      owner: old.name,
      currency: 'BDT',
    })),
    MoneyDeposited: z.object({ amount }),
    MoneyWithdrawn: z.object({ amount }),
    AccountClosed: z.object({}),
  },
  initial: { open: false, balance: 0, status: 'new' as 'new' | 'open' | 'closed' },
  evolve: {
    AccountOpened: (state) => ({ ...state, open: true, status: 'open' }),
    MoneyDeposited: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
    MoneyWithdrawn: (state, { amount }) => ({ ...state, balance: state.balance - amount }),
    AccountClosed: () => ({ open: false, balance: 0, status: 'closed' }),
  },
  tags: { AccountOpened: ({ owner }) => [`owner:${owner}`] },
  commands: {
    OpenAccount: {
      input: z.object({ accountId: z.string(), owner: z.string(), currency: z.string().default('BDT') }),
      decide: ({ owner, currency }, state) =>
        state.open ? reject('already-open') : { type: 'AccountOpened', data: { owner, currency } },
    },
    Deposit: {
      input: z.object({ accountId: z.string(), amount }),
      decide: ({ amount }) => ({ type: 'MoneyDeposited', data: { amount } }),
    },
    Withdraw: {
      input: z.object({ accountId: z.string(), amount }),
      decide: ({ amount }, state) => {
        if (!state.open) return reject('not-open')
        if (amount > state.balance) return reject('insufficient-funds', { balance: state.balance })
        return [{ type: 'MoneyWithdrawn', data: { amount } }]
      },
    },
    CloseAccount: {
      input: z.object({ accountId: z.string() }),
      decide: (_input, state) => (state.open ? { type: 'AccountClosed', data: {} } : null),
    },
  },
})

/** Shares the event name `MoneyWithdrawn` with {@link account}, with other data. */
export const wallet = aggregate('wallet', {
  id: 'walletId',
  events: { WalletMade: z.object({ by: z.string() }), MoneyWithdrawn: z.object({ note: z.string() }) },
  initial: { made: false },
  evolve: { WalletMade: () => ({ made: true }) },
  commands: {
    MakeWallet: {
      input: z.object({ walletId: z.string(), by: z.string() }),
      decide: ({ by }) => ({ type: 'WalletMade', data: { by } }),
    },
  },
})

export const balances = projection('balances', {
  from: [account],
  document: z.object({ owner: z.string().nullable(), balance: z.int(), open: z.boolean() }),
  key: (event) => event.streamId,
  on: {
    AccountOpened: (_document, { data }) => ({ owner: data.owner, balance: 0, open: true }),
    MoneyDeposited: (document, { data }) => ({
      owner: document?.owner ?? null,
      balance: (document?.balance ?? 0) + data.amount,
      open: true,
    }),
    AccountClosed: () => null,
  },
  index: ['balance', ['open', 'owner']],
  search: ['owner'],
})

/** Has neither an index nor a search. */
export const names = projection('names', {
  from: [account, wallet],
  document: z.object({ name: z.string() }),
  key: (event) => event.streamId,
  on: {
    AccountOpened: (_document, { data }) => ({ name: data.owner }),
    WalletMade: (_document, { data }) => ({ name: data.by }),
  },
})

export const richest = query('richest', {
  input: z.object({ count: z.int().default(10) }),
  views: [balances],
  answer: async ({ count }, { view }) => {
    const { items } = await view(balances).find({ order: '-balance', limit: count })
    return items.map(({ id, document }) => ({ id, balance: document.balance }))
  },
})
