import { aggregate, projection } from 'khata'
import * as z from 'zod'
import { addDeposit } from '../shape.ts'

const deposit = z.object({ accountId: z.string(), amount: z.int().positive(), note: z.string() })

/** The measured business: deposits on accounts. */
export const account = aggregate('account', {
  id: 'accountId',
  events: { Deposited: deposit },
  initial: { balance: 0, count: 0 },
  evolve: { Deposited: (state, data) => addDeposit(state, data) },
  commands: { Deposit: { input: deposit, decide: (data) => ({ type: 'Deposited', data }) } },
})

const balance = z.object({ balance: z.int(), count: z.int() })

/** Balances, folded after the commit. */
export const balances = projection('balances', {
  from: [account],
  document: balance,
  key: (event) => event.streamId,
  on: { Deposited: (document, { data }) => addDeposit(document ?? { balance: 0, count: 0 }, data) },
})

/** Balances, folded in the commit. */
export const inlineBalances = projection('inline-balances', {
  from: [account],
  document: balance,
  key: (event) => event.streamId,
  mode: 'inline',
  on: { Deposited: (document, { data }) => addDeposit(document ?? { balance: 0, count: 0 }, data) },
})
