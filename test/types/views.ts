import { app } from './app.ts'
import { type Equal, same } from './equal.ts'

same<Equal<keyof typeof app.views, 'balances' | 'names'>>()

const document = await app.views.balances.get('a')
same<Equal<typeof document, { owner: string | null; balance: number; open: boolean } | null>>()

const page = await app.views.balances.find({
  where: { balance: { gte: 100, lt: 200 }, open: true, owner: null },
  order: '-balance',
  limit: 10,
})
same<Equal<(typeof page.items)[number]['document'], { owner: string | null; balance: number; open: boolean }>>()
await app.views.balances.find({ where: { owner: { in: ['x', null] } }, order: 'owner' })
await app.views.balances.search('word', { limit: 10 })
await app.views.balances.count({ where: { open: false } })
await app.views.names.find({ limit: 10 })

// @ts-expect-error: no such view
await app.views.balance.get('a')
// @ts-expect-error: no such field
document?.blance
// @ts-expect-error: not an indexed field
await app.views.balances.find({ where: { blance: 1 } })
// @ts-expect-error: a number
await app.views.balances.find({ where: { balance: '1' } })
// @ts-expect-error: a number
await app.views.balances.find({ where: { balance: { gt: '1' } } })
// @ts-expect-error: no such condition
await app.views.balances.find({ where: { balance: { above: 1 } } })
// @ts-expect-error: not an indexed field
await app.views.balances.find({ order: 'name' })
// @ts-expect-error: nothing is indexed, so there is nothing to ask by
await app.views.names.find({ where: { name: 'x' } })
// @ts-expect-error: nothing is indexed, so not even an empty condition
await app.views.names.find({ where: {} })
// @ts-expect-error: nothing is indexed
await app.views.names.find({ order: 'name' })
// @ts-expect-error: nothing is searched
await app.views.names.search('word')
