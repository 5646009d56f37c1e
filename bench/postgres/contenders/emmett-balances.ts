import { SQL } from '@event-driven-io/dumbo'
import { postgreSQLRawSQLProjection } from '@event-driven-io/emmett-postgresql'
import type { DepositedEvent } from './emmett.ts'

/** emmett's projection: an upsert in SQL for each event. */
export const emmettBalances = postgreSQLRawSQLProjection<DepositedEvent>({
  name: 'balances',
  canHandle: ['Deposited'],
  evolve: ({ data }) => SQL`INSERT INTO balance (id, balance, count) VALUES (${data.accountId}, ${data.amount}, 1)
    ON CONFLICT (id) DO UPDATE SET balance = balance.balance + excluded.balance, count = balance.count + 1`,
  init: () => SQL`CREATE TABLE IF NOT EXISTS balance (id text PRIMARY KEY, balance bigint NOT NULL, count bigint NOT NULL)`,
})
