import { projection } from 'khata'
import * as z from 'zod'
import { enrolment } from './boundary.ts'
import { type Equal, same } from './equal.ts'
import { account, type balances, type names, wallet } from './parts.ts'

type Balances = (typeof balances)['~model']
same<Equal<Balances['name'], 'balances'>>()
same<Equal<Balances['document'], { owner: string | null; balance: number; open: boolean }>>()
same<Equal<Balances['field'], 'balance' | 'open' | 'owner'>>()
same<Equal<Balances['search'], true>>()
same<Equal<(typeof names)['~model']['field'], never>>()
same<Equal<(typeof names)['~model']['search'], false>>()

const document = z.object({ n: z.int(), text: z.string() })

// The key sees the handled events only, and handlers know the data of each.
projection('p', {
  from: [account, enrolment],
  document,
  key: (event) => {
    same<Equal<typeof event.type, 'MoneyDeposited' | 'Enrolled'>>()
    return event.type === 'Enrolled' ? [event.data.courseId, event.data.studentId] : event.streamId
  },
  on: {
    MoneyDeposited: (old, { data, position, category }, key) => {
      same<Equal<typeof category, 'account'>>()
      return { n: (old?.n ?? 0) + data.amount + position, text: key }
    },
    Enrolled: () => null,
  },
})

// An inline view sees events before they have a place.
projection('p', {
  from: [account, enrolment],
  document,
  key: ({ streamId, id, type }) => {
    same<Equal<typeof type, 'MoneyDeposited' | 'Enrolled'>>()
    return [streamId, id]
  },
  on: {
    MoneyDeposited: (old, { data, occurredAt }) => ({ n: (old?.n ?? 0) + data.amount, text: occurredAt }),
    // @ts-expect-error: no position
    Enrolled: (_, { position }) => ({ n: position, text: '' }),
  },
  mode: 'inline',
})

projection('p', {
  from: [account],
  document,
  // @ts-expect-error: no version
  key: ({ streamId, version }) => `${streamId}:${version}`,
  on: { MoneyDeposited: () => null },
  mode: 'inline',
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  // @ts-expect-error: it may be inline
  on: { MoneyDeposited: (_, { recordedAt }) => ({ n: 0, text: recordedAt }) },
  mode: Math.random() < 0.5 ? 'inline' : 'async',
})

// A name that two sources have is told apart by its owner.
projection('p', {
  from: [account, wallet],
  document,
  key: (event) => event.streamId,
  on: {
    'account.MoneyWithdrawn': (_old, { data }) => ({ n: data.amount, text: '' }),
    'wallet.MoneyWithdrawn': (_old, { data }) => ({ n: 0, text: data.note }),
    'account.AccountClosed': () => null,
  },
})

projection('p', {
  from: [account, wallet],
  document,
  key: () => 'k',
  // @ts-expect-error: both have it
  on: { MoneyWithdrawn: () => null },
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  // @ts-expect-error: no such event
  on: { MoneyDeposted: () => null },
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  // @ts-expect-error: of a source that is not in from
  on: { WalletMade: () => null },
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  // @ts-expect-error: the document has another shape
  on: { MoneyDeposited: () => ({ n: 'x', text: '' }) },
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  // @ts-expect-error: nothing returned
  on: { MoneyDeposited: () => {} },
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  // @ts-expect-error: the document may be missing
  on: { MoneyDeposited: (old) => ({ n: old.n + 1, text: '' }) },
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  // @ts-expect-error: the event has no such field
  on: { MoneyDeposited: (_old, { data }) => ({ n: data.sum, text: '' }) },
})

projection('p', {
  from: [account],
  document,
  // @ts-expect-error: only handled events come, and they have no owner
  key: (event) => event.data.owner,
  on: { MoneyDeposited: () => null },
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  on: { MoneyDeposited: () => null },
  // @ts-expect-error: no such field
  index: ['m'],
})

projection('p', {
  from: [account],
  document,
  key: () => 'k',
  on: { MoneyDeposited: () => null },
  // @ts-expect-error: no such field
  search: ['txt'],
})
