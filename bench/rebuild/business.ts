/** Payments between accounts, and a view that betrays at once when it is half or older than before. */
import { aggregate, projection } from 'khata'
import type { StoredEvent } from 'khata/ports'
import { v7 } from 'uuid'
import * as z from 'zod'

const payment = z.object({ accountId: z.string(), amount: z.int().positive(), note: z.string() })

/** An account that pays. */
export const account = aggregate('account', {
  id: 'accountId',
  events: { Paid: payment },
  initial: { paid: 0 },
  evolve: { Paid: (state, { amount }) => ({ paid: state.paid + amount }) },
  commands: { Pay: { input: payment, decide: (data) => ({ type: 'Paid', data }) } },
})

/** The documents of two sides of the same sum. */
export const sides = ['side:debit', 'side:credit'] as const

/**
 * What each account paid, and the sum of all on two sides: at every position the sides add up to zero, and each counts as
 * many events as the log has. A query that gets both sees whether the view is whole, and how new.
 */
export const payments = projection('payments', {
  from: [account],
  document: z.object({ kind: z.enum(['account', 'side']), sum: z.int(), count: z.int() }),
  index: ['kind', 'count'],
  key: ({ data }) => [data.accountId, ...sides],
  on: {
    Paid: (document, { data }, key) => ({
      kind: key === data.accountId ? 'account' : 'side',
      sum: (document?.sum ?? 0) + (key === 'side:debit' ? -data.amount : data.amount),
      count: (document?.count ?? 0) + 1,
    }),
  },
})

const note = 'n'.repeat(140)

/** What a command pays, about 200 bytes as JSON. */
export function paymentOf(i: number, accounts: number) {
  // A large prime visits the accounts in no order.
  return { accountId: `account-${String((i * 7_368_787) % accounts).padStart(7, '0')}`, amount: 1 + (i % 97), note }
}

/** Payments as a log that is imported: event number `i` of it. */
export function logOf(accounts: number): (i: number) => StoredEvent {
  const versions = new Map<string, number>()
  return (i) => {
    const data = paymentOf(i, accounts)
    const streamId = data.accountId
    const version = (versions.get(streamId) ?? 0) + 1
    versions.set(streamId, version)
    return {
      id: v7(),
      position: i + 1,
      category: 'account',
      streamId,
      version,
      type: 'Paid',
      schemaVersion: 1,
      data: JSON.stringify(data),
      metadata: '{"principal":"user-000001"}',
      tags: [],
      recordedAt: 1_700_000_000_000 + i,
      occurredAt: 1_700_000_000_000 + i,
      commandId: null,
      correlationId: null,
    }
  }
}
