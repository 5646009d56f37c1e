import { absent, aggregate, type Message, type Position, reject, type Version } from 'khata'
import * as z from 'zod'
import { type Equal, same } from './equal.ts'
import { account, wallet } from './parts.ts'

// A decision may write several events, in several streams, with guards, and know when and by whom.
const transfer = aggregate('transfer', {
  id: 'transferId',
  events: { Moved: z.object({ amount: z.int(), at: z.string() }) },
  initial: { done: false },
  evolve: { Moved: () => ({ done: true }) },
  commands: {
    Move: {
      input: z.object({ transferId: z.string(), from: z.string(), to: z.string(), amount: z.int() }),
      decide: ({ from, to, amount }, state, { now, newId, version, user }) => {
        if (state.done) return reject('already-done')
        if (user === null) return reject(`needs-${'user'}`, { version })
        return [
          { type: 'Moved', data: { amount, at: now.toISOString() }, occurredAt: '2026-01-01T00:00:00.000Z' },
          account.to(from, { type: 'MoneyWithdrawn', data: { amount } }),
          account.to(to, { type: 'MoneyDeposited', data: { amount } }),
          wallet.at(newId(), 0),
          absent([{ tags: [`transfer:${from}`] }], 'taken'),
        ]
      },
    },
  },
})
same<Equal<(typeof transfer)['~model']['commands']['Move']['code'], 'already-done' | 'needs-user' | 'taken'>>()

// A guard's code is a rejection like any other, also when it is the only one, or left out.
const name = aggregate('name', {
  id: 'name',
  events: { Taken: z.object({}) },
  initial: {},
  evolve: {},
  commands: {
    Take: {
      input: z.object({ name: z.string(), other: z.boolean() }),
      decide: ({ other }) => [
        { type: 'Taken', data: {} },
        wallet.at('w', 0),
        other ? absent([{ types: ['Taken'] }]) : absent([{ types: ['Taken'] }], 'name-taken'),
      ],
    },
  },
})
same<Equal<(typeof name)['~model']['commands']['Take']['code'], 'taken' | 'name-taken'>>()

// @ts-expect-error: the other aggregate has no such event
account.to('a', { type: 'WalletMade', data: { by: 'x' } })

// @ts-expect-error: the other aggregate's event has other data
account.to('a', { type: 'MoneyDeposited', data: { amount: 'x' } })

// A called command is a message with its name and codes.
same<
  Equal<
    ReturnType<typeof account.commands.Withdraw>,
    Message<'Withdraw', { accountId: string; amount: number }, 'not-open' | 'insufficient-funds'>
  >
>()

// @ts-expect-error: a field of the input is missing
account.commands.Withdraw({ accountId: 'a' })

// @ts-expect-error: no such command
account.commands.Withdrawal

// A place in the store is not a place in a stream; a plain number may be either.
declare const position: Position
declare const version: Version
account.at('a', 3)
account.at('a', version)
// @ts-expect-error: a position is not a version
account.at('a', position)
export const alsoPosition: Position = 3
// @ts-expect-error: a version is not a position
export const wrong: Position = version
