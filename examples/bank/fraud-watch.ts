import { projection, reactor } from 'khata'
import * as z from 'zod'
import { account } from './account.ts'
import { fraudCase } from './fraud-case.ts'

/**
 * Has every withdrawal looked at. The rule itself is the account's: it alone sees its withdrawals in their order, and so
 * an account is flagged once, however many withdrawals are looked at at once or again.
 */
export const fraudWatch = reactor('fraud-watch', {
  from: [account],
  on: {
    MoneyWithdrawn: async ({ streamId }, { execute }) => {
      await execute(account.commands.FlagAccount({ accountId: streamId }))
    },
  },
})

/** Accounts that somebody should look at. */
export const flaggedAccounts = projection('flagged-accounts', {
  from: [fraudCase],
  document: z.object({ reason: z.string(), at: z.string(), outcome: z.string().nullable() }),
  key: (event) => event.streamId,
  on: {
    AccountFlagged: (_, { data, occurredAt }) => ({ reason: data.reason, at: occurredAt, outcome: null }),
    FraudCaseClosed: (doc, { data }) => doc && { ...doc, outcome: data.outcome },
  },
  index: ['at'],
})
