import type { App, Distinct, Loaded, Outcome, Part, Receipt } from 'khata'
import { aggregate } from 'khata'
import * as z from 'zod'
import { diary } from './aggregate.ts'
import { type Equal, same } from './equal.ts'
import { account, balances, names, richest, wallet } from './parts.ts'

declare function khata<const P extends readonly Part[]>(options: {
  store: string
  use: P & Distinct<P>
}): Promise<App<{ part: P[number] }>>

const app = await khata({ store: 'sqlite::memory:', use: [account, wallet, balances, names, richest] })

// Commands by name.
same<Equal<Awaited<ReturnType<typeof app.execute>>, Receipt>>()
await app.execute('Withdraw', { accountId: 'a', amount: 1 }, { idempotencyKey: 'k', expectedVersion: 3 })
await app.execute('OpenAccount', { accountId: 'a', owner: 'o' })
await app.execute('MakeWallet', { walletId: 'w', by: 'o' })
// @ts-expect-error: no such command
await app.execute('Withdrw', { accountId: 'a', amount: 1 })
// @ts-expect-error: a field of the input is missing
await app.execute('Withdraw', { accountId: 'a' })
// @ts-expect-error: a field of the input has another type
await app.execute('Withdraw', { accountId: 'a', amount: '1' })
// @ts-expect-error: the input has no such field
await app.execute('Withdraw', { accountId: 'a', amount: 1, sum: 1 })
// @ts-expect-error: no such option
await app.execute('Withdraw', { accountId: 'a', amount: 1 }, { idempotencykey: 'k' })

const receipt = await app.execute('Deposit', { accountId: 'a', amount: 1 })
// @ts-expect-error: a position is not a version
await app.execute('Deposit', { accountId: 'a', amount: 1 }, { expectedVersion: receipt.position })
await app.execute('Deposit', { accountId: 'a', amount: 1 }, { expectedVersion: receipt.version })

// Rejections as values with the codes of the command.
const withdrawn = await app.attempt('Withdraw', { accountId: 'a', amount: 1 })
same<Equal<typeof withdrawn, Outcome<'not-open' | 'insufficient-funds'>>>()
if (withdrawn.rejected !== undefined) {
  same<Equal<typeof withdrawn.rejected, 'not-open' | 'insufficient-funds'>>()
  // @ts-expect-error: no such code
  withdrawn.rejected === 'no-funds'
} else {
  withdrawn.position satisfies number
}
// @ts-expect-error: it may have been rejected
withdrawn.position
// A command without rejections answers a receipt.
const deposited = await app.attempt('Deposit', { accountId: 'a', amount: 1 })
deposited.position satisfies number
// @ts-expect-error: no such command
await app.attempt('Deposits', { accountId: 'a', amount: 1 })

// Messages by reference.
const sent = await app.send(account.commands.Withdraw({ accountId: 'a', amount: 1 }))
same<Equal<typeof sent, Outcome<'not-open' | 'insufficient-funds'>>>()

// States by reference.
const loaded = await app.load(account, 'a', { at: new Date() })
same<Equal<typeof loaded, Loaded<{ open: boolean; balance: number; status: 'new' | 'open' | 'closed' }>>>()
await app.load(account, 'a', { version: 3 })
// @ts-expect-error: a position is not a version
await app.load(account, 'a', { version: receipt.position })
// @ts-expect-error: a projection has no state
await app.load(balances, 'a')

// Queries by name.
const rich = await app.query('richest', {}, { after: receipt.token })
same<Equal<typeof rich, { id: string; balance: number }[]>>()
await app.query('richest', { count: 3 }, { after: receipt.position })
// @ts-expect-error: no such query
await app.query('richst', {})
// @ts-expect-error: the input has another type
await app.query('richest', { count: 'x' })
// @ts-expect-error: a version is no place in the store
await app.query('richest', {}, { after: receipt.version })

// Two parts with one command name.
const clash = aggregate('clash', {
  id: 'accountId',
  events: { Clashed: z.object({}) },
  initial: {},
  evolve: {},
  commands: { Withdraw: { input: z.object({ accountId: z.string() }), decide: () => null } },
})
// @ts-expect-error: two aggregates define the command 'Withdraw'
await khata({ store: 'sqlite::memory:', use: [account, clash] })

export { app }

// A part without commands leaves the commands of the others as they are.
const small = await khata({ store: 'sqlite::memory:', use: [account, diary] })
await small.execute('Deposit', { accountId: 'a', amount: 1 })
// @ts-expect-error: no such command
await small.execute('Add', { diaryId: 'a' })
await small.load(diary, 'today')
