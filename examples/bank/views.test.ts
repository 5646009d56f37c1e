import { test } from 'node:test'
import { given, pastTime } from 'khata/testing'
import { account } from './account.ts'
import { auditTrail } from './audit-trail.ts'
import { balances } from './balances.ts'
import { statementLines } from './statement.ts'

const history = [
  account.to('ACC-001', { type: 'AccountOpened', data: { owner: 'Ayesha', currency: 'BDT' } }),
  account.to('ACC-001', { type: 'MoneyDeposited', data: { amount: 10_000 } }),
  account.to('ACC-002', { type: 'AccountOpened', data: { owner: 'Tomás', currency: 'EUR' } }),
  account.to('ACC-001', { type: 'MoneyWithdrawn', data: { amount: 3_000 } }),
  account.to('ACC-001', { type: 'WithdrawalReversed', data: { withdrawalId: 'w1', amount: 3_000 } }),
  account.to('ACC-002', { type: 'AccountClosed', data: {} }),
]

test('Balances show every account as it stands', () => {
  given(balances, history)
    .expectDocument('ACC-001', { owner: 'Ayesha', currency: 'BDT', status: 'open', balance: 10_000 })
    .expectDocument('ACC-002', { owner: 'Tomás', currency: 'EUR', status: 'closed', balance: 0 })
    .expectNoDocument('ACC-003')
})

test('A statement has a line for each event, and the sum of all lines for each account', () => {
  given(statementLines, history)
    .expectDocument('line ACC-001 1', {
      accountId: 'ACC-001',
      version: 1,
      at: pastTime(1),
      what: 'opened',
      change: 0,
      sum: 0,
    })
    .expectDocument('line ACC-001 3', {
      accountId: 'ACC-001',
      version: 3,
      at: pastTime(4),
      what: 'withdrawal',
      change: -3_000,
      sum: -3_000,
    })
    .expectDocument('account ACC-001', {
      accountId: null,
      version: 4,
      at: pastTime(5),
      what: 'reversal',
      change: 3_000,
      sum: 10_000,
    })
})

test('The audit trail says who did what, when, and caused by what', () => {
  const withdrawn = account.to('ACC-001', { type: 'MoneyWithdrawn', data: { amount: 3_000 } })
  given(auditTrail, [
    {
      ...withdrawn,
      id: 'event-1',
      metadata: { principal: 'clerk-7', command: 'Withdraw', causationId: 'event-0' },
      commandId: 'command-1',
      correlationId: 'request-1',
      occurredAt: '2025-12-31T23:59:00.000Z',
    },
    { ...withdrawn, id: 'event-2' },
  ])
    .expectDocument('event-1', {
      position: 1,
      accountId: 'ACC-001',
      event: 'MoneyWithdrawn',
      principal: 'clerk-7',
      command: 'Withdraw',
      commandId: 'command-1',
      causationId: 'event-0',
      correlationId: 'request-1',
      occurredAt: '2025-12-31T23:59:00.000Z',
      recordedAt: pastTime(1),
    })
    .expectDocument('event-2', {
      position: 2,
      accountId: 'ACC-001',
      event: 'MoneyWithdrawn',
      principal: null,
      command: null,
      commandId: 'command-2',
      causationId: null,
      correlationId: 'command-2',
      occurredAt: pastTime(2),
      recordedAt: pastTime(2),
    })
})
