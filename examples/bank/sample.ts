import type { App, AppModel } from 'khata'
import { account } from './account.ts'

const { OpenAccount, Deposit, Withdraw } = account.commands

/** Four accounts to look at, in the order they came about. */
const history = [
  OpenAccount({ accountId: 'ACC-001', owner: 'Ayesha Rahman', currency: 'BDT' }),
  Deposit({ accountId: 'ACC-001', amount: 10_000 }),
  Withdraw({ accountId: 'ACC-001', amount: 3_000 }),
  Deposit({ accountId: 'ACC-001', amount: 2_000 }),
  Withdraw({ accountId: 'ACC-001', amount: 4_000 }),
  OpenAccount({ accountId: 'ACC-002', owner: 'Tomás Herrera', currency: 'EUR' }),
  Deposit({ accountId: 'ACC-002', amount: 125_000 }),
  Withdraw({ accountId: 'ACC-002', amount: 18_950 }),
  OpenAccount({ accountId: 'ACC-003', owner: 'Mei Tanaka', currency: 'JPY' }),
  OpenAccount({ accountId: 'ACC-004', owner: 'Nadia Chowdhury', currency: 'BDT' }),
  Deposit({ accountId: 'ACC-004', amount: 50_000 }),
]

/**
 * Fills a store with a little history, once: each command has a key, so that running it again does nothing.
 *
 * @throws KhataError as `send` does
 */
export async function sample(app: Pick<App<AppModel>, 'send'>): Promise<void> {
  for (const [index, message] of history.entries()) {
    const user = { id: 'sample' }
    await app.send(message, { idempotencyKey: `sample bank ${index}`, keepKey: true, user, correlationId: 'sample' })
  }
}
