import { type Aggregate, aggregate, type Command, reject } from 'khata'
import * as z from 'zod'
import { type Equal, same } from './equal.ts'
import { account } from './parts.ts'

// What is inferred.
type Model = (typeof account)['~model']
same<Equal<Model['name'], 'account'>>()
same<Equal<Model['state'], { open: boolean; balance: number; status: 'new' | 'open' | 'closed' }>>()
same<Equal<keyof Model['events'], 'AccountOpened' | 'MoneyDeposited' | 'MoneyWithdrawn' | 'AccountClosed'>>()
same<Equal<Model['events']['AccountOpened'], { owner: string; currency: string }>>()
same<Equal<Model['events']['AccountClosed'], {}>>()
same<Equal<Model['commands']['Withdraw']['code'], 'not-open' | 'insufficient-funds'>>()
same<Equal<Model['commands']['OpenAccount']['code'], 'already-open'>>()
same<Equal<Model['commands']['OpenAccount']['input'], { accountId: string; owner: string; currency?: string | undefined }>>()
same<Equal<Model['commands']['Deposit']['code'], never>>()
same<Equal<Model['commands']['CloseAccount']['code'], never>>()
same<
  Equal<
    (typeof account)['commands']['Withdraw'],
    Command<'Withdraw', { accountId: string; amount: number }, 'not-open' | 'insufficient-funds'>
  >
>()
account satisfies Aggregate<any>

const text = z.object({ note: z.string() })
const Add = { input: z.object({ id: z.string(), note: z.string() }), decide: () => null }

aggregate('a', {
  // @ts-expect-error: the id must be a field of every command's input
  id: 'noteId',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  // @ts-expect-error: no such event
  evolve: { Addd: (state) => state },
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  // @ts-expect-error: the event has no such field
  evolve: { Added: (state, { note, more }) => ({ n: state.n + note.length + more }) },
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  // @ts-expect-error: the state has another shape
  evolve: { Added: () => ({ n: 'one' }) },
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0, m: 0 },
  // @ts-expect-error: a field of the state is missing
  evolve: { Added: () => ({ n: 1 }) },
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { status: 'new' as 'new' | 'done' },
  // @ts-expect-error: no such status
  evolve: { Added: () => ({ status: 'don' }) },
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  // @ts-expect-error: JSON does not carry a Map
  initial: { seen: new Map<string, number>() },
  evolve: {},
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  // @ts-expect-error: JSON does not carry a Date
  initial: { at: new Date(0) },
  evolve: {},
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  commands: {
    Add: {
      input: z.object({ id: z.string() }),
      // @ts-expect-error: no such event
      decide: () => ({ type: 'Addd', data: { note: '' } }),
    },
  },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  commands: {
    Add: {
      input: z.object({ id: z.string() }),
      // @ts-expect-error: the event's data have another shape
      decide: () => ({ type: 'Added', data: { note: 1 } }),
    },
  },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  commands: {
    Add: {
      input: z.object({ id: z.string() }),
      // @ts-expect-error: one of several events is wrong
      decide: () => [
        { type: 'Added', data: { note: '' } },
        { type: 'Added', data: {} },
      ],
    },
  },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  commands: {
    Add: {
      input: z.object({ id: z.string() }),
      // @ts-expect-error: the input has no such field
      decide: ({ note }) => ({ type: 'Added', data: { note } }),
    },
  },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  commands: {
    Add: {
      input: z.object({ id: z.string() }),
      // @ts-expect-error: the state has no such field
      decide: (_input, state) => (state.m > 0 ? reject('too-many') : null),
    },
  },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  // @ts-expect-error: no such event
  tags: { Addd: () => [] },
  commands: { Add },
})

aggregate('a', {
  id: 'id',
  events: { Added: text },
  initial: { n: 0 },
  evolve: {},
  commands: { Add },
  // @ts-expect-error: no such option
  snapshots: { every: 100 },
})

// An aggregate without commands: others write to its streams.
export const diary = aggregate('diary', {
  id: 'diaryId',
  events: { Added: text },
  initial: { notes: 0 },
  evolve: { Added: (state, { note }) => ({ notes: state.notes + note.length }) },
  commands: {},
})
same<Equal<keyof (typeof diary)['~model']['commands'], never>>()
same<Equal<(typeof diary)['~model']['state'], { notes: number }>>()
diary.to('today', { type: 'Added', data: { note: 'n' } })
// @ts-expect-error: it has no command
diary.commands.Add
