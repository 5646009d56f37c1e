import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, process, projection } from 'khata'
import * as z from 'zod'
import { given } from './given.ts'

const basket = aggregate('basket', {
  id: 'basketId',
  events: { Filled: z.object({ skus: z.array(z.string()) }), Sorted: z.object({ skus: z.array(z.string()) }) },
  initial: { skus: [] as string[] },
  evolve: {
    Filled: (_, { skus }) => ({ skus }),
    Sorted: (_, { skus }) => ({ skus: skus.sort() }),
  },
  commands: {
    Add: {
      input: z.object({ basketId: z.string(), sku: z.string() }),
      decide: ({ sku }, { skus }) => {
        skus.push(sku)
        return { type: 'Filled', data: { skus } }
      },
    },
    Mark: {
      input: z.object({ basketId: z.string() }),
      decide: (_, __, { metadata }) => {
        Object.assign(metadata['page'] as object, { seen: true })
        return null
      },
    },
  },
})
const { Add, Mark } = basket.commands

const skus = ['b', 'a']
const filled = basket.to('b', { type: 'Filled', data: { skus } })
const unchangeable = (error: Error) => /read only property|not extensible/.test(`${error.message} ${error.cause}`)

test('An aggregate that changes its state, an event or metadata fails', () => {
  const full = [{ type: 'Filled', data: { skus } }] as const
  assert.throws(() => given(basket, full).when('Add', { basketId: 'b', sku: 'c' }), unchangeable)
  const sorted = { type: 'Sorted', data: { skus } } as const
  assert.throws(() => given(basket, [sorted]).expectState({ skus: ['a', 'b'] }), unchangeable)
  const metadata = { page: { name: 'shop' } }
  assert.throws(() => given(basket, full).when('Mark', { basketId: 'b' }, { metadata }), unchangeable)
  // What the test itself has is its own.
  metadata.page.name = 'cart'
  assert.deepEqual(metadata, { page: { name: 'cart' } })
})

test('A projection that changes an event or its document fails', () => {
  const firsts = projection('firsts', {
    from: [basket],
    document: z.object({ first: z.string() }),
    key: (event) => event.streamId,
    on: { Filled: (_, { data }) => ({ first: data.skus.sort()[0] ?? '' }) },
  })
  assert.throws(() => given(firsts, [filled]).expectNoDocument('b'), unchangeable)
  const counted = projection('counted', {
    from: [basket],
    document: z.object({ times: z.int() }),
    key: (event) => event.streamId,
    on: {
      Filled: (document) => {
        const changed = document ?? { times: 0 }
        changed.times++
        return changed
      },
    },
  })
  given(counted, [filled]).expectDocument('b', { times: 1 })
  assert.throws(() => given(counted, [filled, filled]).expectDocument('b', { times: 2 }), unchangeable)
})

test('A process that changes an event, its state or a rejected command fails', () => {
  const packing = process('packing', {
    from: [basket],
    initial: { skus: [] as string[] },
    correlate: (event) => event.streamId,
    on: {
      Filled: (_, { data: { skus } }, { id }) => ({ state: { skus }, send: Add({ basketId: id, sku: 'bag' }) }),
      Sorted: (_, { data: { skus } }) => ({ state: { skus: skus.sort() } }),
    },
    deadlines: {},
    rejected: (_, { input }) => {
      Object.assign(input as object, { sku: 'box' })
      return { send: Mark({ basketId: 'b' }) }
    },
  })
  const sorted = basket.to('b', { type: 'Sorted', data: { skus } })
  assert.throws(() => given(packing).when(sorted), unchangeable)
  assert.throws(() => given(packing, [filled]).rejected(Add({ basketId: 'b', sku: 'bag' }), 'full'), unchangeable)
})
