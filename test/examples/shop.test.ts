import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { order, shop, stock } from '@khata/example-shop'
import { sample } from '@khata/example-shop/sample'
import { anyApp, khata } from 'khata'
import { untilTrue as until } from '../../src/runtime/reactions/eventually.fixture.ts'

const folder = await mkdtemp(join(tmpdir(), 'khata-shop-'))
after(() => rm(folder, { recursive: true, force: true }))

let stores = 0
function start(store = `sqlite:${join(folder, `${++stores}.db`)}`) {
  return khata({ store, use: shop })
}

const example = {
  orderId: 'ORD-001',
  customerId: 'CUST-001',
  customerName: 'Rahim Uddin',
  items: [
    { productId: 'PROD-A', quantity: 2, price: 500 },
    { productId: 'PROD-B', quantity: 1, price: 1200 },
  ],
  shippingAddress: 'Dhaka, Bangladesh',
}

test('The example order goes its way, and its status has the time of each step', async () => {
  await using app = await start()
  const orderId = example.orderId
  const times: Record<string, string> = {}
  const at = (step: string) => {
    times[step] = `2026-03-0${Object.keys(times).length + 1}T09:00:00.000Z`
    return { occurredAt: times[step] as string }
  }
  await app.execute('PlaceOrder', example, at('placedAt'))
  await app.execute('ConfirmOrder', { orderId }, at('confirmedAt'))
  await app.execute('PackOrder', { orderId }, at('packedAt'))
  await app.execute('ShipOrder', { orderId, trackingNumber: 'BD-1' }, at('shippedAt'))
  await app.execute('DeliverOrder', { orderId }, at('deliveredAt'))
  const { token } = await app.execute('ReturnOrder', { orderId, reason: 'too small' }, at('returnedAt'))
  const { data } = await anyApp(app).ask('order-status', { id: orderId }, { after: token })
  assert.deepEqual(data, {
    id: orderId,
    orderId,
    customerId: 'CUST-001',
    customerName: 'Rahim Uddin',
    status: 'returned',
    total: 2200,
    itemCount: 2,
    pieces: 3,
    shippingAddress: 'Dhaka, Bangladesh',
    trackingNumber: 'BD-1',
    ...times,
    cancelledAt: null,
  })
  assert.equal((await app.load(order, orderId, { version: 3 })).state.status, 'packed')
})

test('A wrong step is rejected by name, and an empty or free order is not taken', async () => {
  await using app = await start()
  const orderId = example.orderId
  assert.deepEqual(await app.attempt('ShipOrder', { orderId, trackingNumber: 'T' }), {
    rejected: 'not-placed',
    detail: { state: 'none', step: 'ship' },
  })
  await app.execute('PlaceOrder', example)
  assert.deepEqual(await app.attempt('PlaceOrder', example), {
    rejected: 'already-placed',
    detail: { state: 'placed', step: 'place' },
  })
  assert.deepEqual(await app.attempt('DeliverOrder', { orderId }), {
    rejected: 'wrong-step',
    detail: { state: 'placed', step: 'deliver' },
  })
  await app.execute('ConfirmOrder', { orderId })
  await app.execute('PackOrder', { orderId })
  await app.execute('ShipOrder', { orderId, trackingNumber: 'T' })
  assert.deepEqual(await app.attempt('CancelOrder', { orderId }), {
    rejected: 'wrong-step',
    detail: { state: 'shipped', step: 'cancel' },
  })
  for (const items of [[], [{ productId: 'A', quantity: 0, price: 1 }], [{ productId: 'A', quantity: 1, price: 0 }]]) {
    await assert.rejects(app.execute('PlaceOrder', { ...example, orderId: 'ORD-002', items }), { code: 'validation' })
  }
})

test('Stock never goes below zero, whoever reserves at once', async () => {
  await using app = await start()
  const productId = 'PROD-A'
  await app.execute('ReceiveStock', { productId, quantity: 25 })
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, n) => app.attempt('ReserveStock', { productId, orderId: `O-${n}`, quantity: 1 })),
  )
  assert.equal(outcomes.filter(({ rejected }) => rejected === undefined).length, 25)
  assert.equal(outcomes.filter(({ rejected }) => rejected === 'out-of-stock').length, 15)
  assert.equal((await app.load(stock, productId)).state.remaining, 0)
  const reserved = (await app.load(stock, productId)).state.reserved.map(({ orderId }) => orderId)
  await app.execute('ShipStock', { productId, orderId: reserved[0] as string })
  const { token } = await app.execute('ReleaseStock', { productId, orderId: reserved[1] as string })
  assert.deepEqual(await app.views.inventory.get(productId, { after: token }), {
    productId,
    received: 25,
    reserved: 23,
    sold: 1,
    remaining: 1,
  })
})

test('A customer sees all of their orders, newest first, a page at a time', async () => {
  await using app = await start()
  let after = ''
  for (const day of [3, 1, 5, 2, 4]) {
    const placed = { ...example, orderId: `ORD-${day}` }
    after = (await app.execute('PlaceOrder', placed, { occurredAt: `2026-03-0${day}T09:00:00.000Z` })).token
  }
  await app.execute('PlaceOrder', { ...example, orderId: 'ORD-9', customerId: 'CUST-002' })
  const first = await app.query('customer-history', { customerId: 'CUST-001', limit: 3 }, { after })
  assert.deepEqual(
    first.orders.map(({ orderId }) => orderId),
    ['ORD-5', 'ORD-4', 'ORD-3'],
  )
  // Over HTTP, parameters are text.
  const { data } = await anyApp(app).ask('customer-history', { id: 'CUST-001', limit: '3', cursor: first.next ?? '' })
  const { orders, next } = data as typeof first
  assert.deepEqual(
    orders.map(({ orderId }) => orderId),
    ['ORD-2', 'ORD-1'],
  )
  assert.equal(next, null)
  await assert.rejects(app.query('customer-history', {}), { code: 'validation' })
  await assert.rejects(anyApp(app).ask('customer-history', { id: 'CUST-001', limit: 'many' }), { code: 'validation' })
})

test('Orders are found by words of their products, customer and address', async () => {
  await using app = await start()
  const items = [{ productId: 'PROD-C', productName: 'Fountain pen', quantity: 1, price: 3500 }]
  await app.execute('PlaceOrder', example)
  const { token } = await app.execute('PlaceOrder', {
    ...example,
    orderId: 'ORD-002',
    customerName: 'Farida Begum',
    items,
    shippingAddress: 'Chattogram, Bangladesh',
  })
  const found = async (q: string) =>
    (await app.query('order-search', { q }, { after: token })).orders.map(({ orderId }) => orderId).sort()
  assert.deepEqual(await found('bangladesh'), ['ORD-001', 'ORD-002'])
  assert.deepEqual(await found('fountain'), ['ORD-002'])
  assert.deepEqual(await found('pen chattogram farida'), ['ORD-002'])
  assert.deepEqual(await found('PROD-A'), ['ORD-001'])
  assert.deepEqual(await found('fountain dhaka'), [])
  const { data } = await anyApp(app).ask('order-search', { search: 'dhaka', limit: '1' })
  assert.deepEqual(
    (data as { orders: { orderId: string }[] }).orders.map(({ orderId }) => orderId),
    ['ORD-001'],
  )
  await assert.rejects(app.query('order-search', { q: ' ' }), { code: 'validation' })
  await assert.rejects(app.query('order-search', {}), { code: 'validation' })
})

test('Revenue of a day is what was placed less what was given back', async () => {
  await using app = await start()
  const on = (date: string) => ({ occurredAt: `${date}T12:00:00.000Z` })
  await app.execute('PlaceOrder', example, on('2026-03-01'))
  await app.execute('PlaceOrder', { ...example, orderId: 'ORD-002' }, on('2026-03-01'))
  await app.execute('CancelOrder', { orderId: 'ORD-002' }, on('2026-03-02'))
  const credit = { creditNoteId: 'CN-1', customerId: 'CUST-001', items: [{ productId: 'PROD-A', quantity: 1, price: 500 }] }
  const { token } = await app.execute('IssueCreditNote', credit, on('2026-03-01'))
  const { items } = await app.views.revenue.find({ order: 'date', after: token })
  assert.deepEqual(
    items.map(({ document }) => document),
    [
      { date: '2026-03-01', gross: 4400, credited: 500, net: 3900, orders: 2, creditNotes: 1 },
      { date: '2026-03-02', gross: 0, credited: 2200, net: -2200, orders: 0, creditNotes: 0 },
    ],
  )
})

test('The sample is there once, however often it is filled in', async () => {
  const store = `sqlite:${join(folder, 'sample.db')}`
  for (let round = 0; round < 2; round++) {
    await using app = await start(store)
    await sample(app)
    await sample(app)
    const { token } = await app.events.head()
    const facts = (await app.events.read({ categories: ['order', 'stock'], limit: 1_000 })).events
    const count = (type: string) => facts.filter((event) => event.type === type).length
    assert.deepEqual([count('OrderPlaced'), count('StockReceived')], [5, 4])
    assert.equal((await app.views['order-status'].get('ORD-001', { after: token }))?.total, 2200)
    assert.deepEqual(await app.views.inventory.get('PROD-A', { after: token }), {
      productId: 'PROD-A',
      received: 40,
      reserved: 2,
      sold: 10,
      remaining: 28,
    })
    const { orders } = await app.query('customer-history', { id: 'CUST-001' })
    assert.deepEqual(orders.map(({ orderId }) => orderId).sort(), ['ORD-001', 'ORD-003'])
  }
})

test('The sample has an order that the shop fulfils, and one that it cannot', async () => {
  await using app = await start()
  await sample(app)
  await until(async () => (await app.views['order-status'].get('ORD-F02'))?.status === 'cancelled')
  await until(async () => (await app.views['order-status'].get('ORD-F01'))?.status === 'confirmed')
  await until(async () => (await app.reactions.status('fulfilment')).lag === 0)
  assert.equal((await app.load(stock, 'PROD-D')).state.remaining, 7)
  assert.equal((await app.load(stock, 'PROD-C')).state.remaining, 5)
})

test('Of many orders at once each gets all of its lines or none, across restarts, and the stock adds up', async () => {
  const store = `sqlite:${join(folder, 'fulfilment.db')}`
  const orders = Array.from({ length: 90 }, (_, n) => ({
    ...example,
    orderId: `O-${n}`,
    fulfil: true,
    // In both orders, so that two orders may each hold what the other still needs.
    items: [
      { productId: n % 2 ? 'PROD-A' : 'PROD-B', quantity: 1 + (n % 3), price: 5 },
      { productId: n % 2 ? 'PROD-B' : 'PROD-A', quantity: 1, price: 5 },
    ],
  }))
  const statuses = async (app: Awaited<ReturnType<typeof start>>) =>
    Promise.all(orders.map(async ({ orderId }) => (await app.load(order, orderId)).state.status))
  for (let round = 0; round < 4; round++) {
    await using app = await start(store)
    for (const productId of ['PROD-A', 'PROD-B'])
      await app.execute('ReceiveStock', { productId, quantity: 60 }, { idempotencyKey: productId })
    await Promise.all(orders.map((placed) => app.execute('PlaceOrder', placed, { idempotencyKey: placed.orderId })))
    if (round < 3) await pause(30 * round)
    else await until(async () => (await statuses(app)).every((status) => status !== 'placed'))
  }
  await using app = await start(store)
  await until(async () => (await app.reactions.status('fulfilment')).lag === 0)
  assert.deepEqual((await app.reactions.deadLetters()).items, [])
  const ends = await statuses(app)
  const expected = { 'PROD-A': 60, 'PROD-B': 60 }
  for (const [n, { orderId, items }] of orders.entries()) {
    for (const { productId, quantity } of items) {
      const { reserved } = (await app.load(stock, productId)).state
      const held = reserved.find((each) => each.orderId === orderId)?.quantity ?? 0
      assert.equal(held, ends[n] === 'confirmed' ? quantity : 0, `${orderId} ${ends[n]}: ${productId}`)
      expected[productId as 'PROD-A'] -= held
    }
  }
  for (const [productId, left] of Object.entries(expected)) {
    assert.equal((await app.load(stock, productId)).state.remaining, left)
  }
  assert.ok(ends.includes('confirmed') && ends.includes('cancelled'))
})

test('Past orders that are imported are nobody to fulfil', async () => {
  await using app = await start()
  const { token } = await app.execute('PlaceOrder', example, { occurredAt: '2010-12-01T08:26:00.000Z' })
  await until(async () => (await app.reactions.status('fulfilment')).lag === 0)
  assert.equal((await app.views['order-status'].get('ORD-001', { after: token }))?.status, 'placed')
  assert.deepEqual((await app.events.read({ categories: ['fulfilment', 'stock'] })).events, [])
})
