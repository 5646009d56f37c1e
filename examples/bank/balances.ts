import { projection } from 'khata'
import * as z from 'zod'
import { account } from './account.ts'

/** Every account as it stands now. */
export const balances = projection('balances', {
  from: [account],
  document: z.object({
    owner: z.string(),
    currency: z.string(),
    status: z.enum(['open', 'closed']),
    balance: z.int(),
  }),
  key: (event) => event.streamId,
  on: {
    AccountOpened: (_, { data }) => ({ owner: data.owner, currency: data.currency, status: 'open', balance: 0 }),
    MoneyDeposited: (doc, { data }) => doc && { ...doc, balance: doc.balance + data.amount },
    MoneyWithdrawn: (doc, { data }) => doc && { ...doc, balance: doc.balance - data.amount },
    WithdrawalReversed: (doc, { data }) => doc && { ...doc, balance: doc.balance + data.amount },
    TransferSent: (doc, { data }) => doc && { ...doc, balance: doc.balance - data.amount },
    TransferReceived: (doc, { data }) => doc && { ...doc, balance: doc.balance + data.amount },
    TransferReturned: (doc, { data }) => doc && { ...doc, balance: doc.balance + data.amount },
    AccountClosed: (doc) => doc && { ...doc, status: 'closed' },
  },
  index: ['balance', 'owner', 'status'],
})
