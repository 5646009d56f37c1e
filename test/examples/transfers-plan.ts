import { account } from '@khata/example-bank'

const { OpenAccount, Deposit, CloseAccount } = account.commands

/** Three accounts with money, one that is closed and one in another currency. */
export const accounts = [
  ...['A', 'B', 'C'].flatMap((accountId) => [
    OpenAccount({ accountId, owner: accountId, currency: 'BDT' }),
    Deposit({ accountId, amount: 9_000 }),
  ]),
  OpenAccount({ accountId: 'closed', owner: 'nobody', currency: 'BDT' }),
  CloseAccount({ accountId: 'closed' }),
  OpenAccount({ accountId: 'abroad', owner: 'somebody', currency: 'EUR' }),
]

const targets = ['A', 'B', 'C', 'closed', 'unknown', 'abroad'] as const

/** How a transfer to each target ends; null: it goes through, unless the money is not there. */
export const refusals = {
  A: null,
  B: null,
  C: null,
  closed: 'closed',
  unknown: 'unknown-account',
  abroad: 'currency-mismatch',
} as const

/** Many transfers, one in sixteen of more money than there is. */
export const plan = Array.from({ length: 600 }, (_, n) => {
  const from = ['A', 'B', 'C'][n % 3] as string
  const to = targets[(n * 7 + 1) % targets.length] as (typeof targets)[number]
  return { transferId: `t-${n}`, from, to: to === from ? 'unknown' : to, amount: n % 16 === 15 ? 1_000_000 : 10 + (n % 50) }
})
