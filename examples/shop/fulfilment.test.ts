import { test } from 'node:test'
import { given } from 'khata/testing'
import { fulfilment } from './fulfilment.ts'
import { order } from './order.ts'
import { stock } from './stock.ts'

const { ConfirmOrder, CancelOrder } = order.commands
const { ReserveStock, ReleaseStock, ShipStock } = stock.commands
const orderId = 'ORD-001'
const use = [stock]

const items = [
  { productId: 'PROD-A', quantity: 2, price: 500 },
  { productId: 'PROD-B', quantity: 1, price: 1200 },
  { productId: 'PROD-A', quantity: 3, price: 450 },
]
const details = { customerId: 'CUST-001', customerName: 'Rahim', items, shippingAddress: 'Dhaka', total: 3550 }
const placed = order.to(orderId, { type: 'OrderPlaced', data: { ...details, fulfil: true } })
const confirmed = order.to(orderId, { type: 'OrderConfirmed', data: {} })
const shipped = order.to(orderId, { type: 'OrderShipped', data: { trackingNumber: 'T-1' } })
const cancelled = order.to(orderId, { type: 'OrderCancelled', data: { total: 3550 } })
const reserveA = ReserveStock({ productId: 'PROD-A', quantity: 5, orderId })
const reserveB = ReserveStock({ productId: 'PROD-B', quantity: 1, orderId })
const confirm = ConfirmOrder({ orderId })
const releaseA = ReleaseStock({ productId: 'PROD-A', orderId })
const releaseB = ReleaseStock({ productId: 'PROD-B', orderId })

test('Every product of an order is reserved, the order confirmed, and in the end all of it handed out', () => {
  given(fulfilment, [], { use })
    .when(placed)
    .expectSends(reserveA, reserveB, confirm)
    .when(confirmed)
    .expectSends()
    .when(shipped)
    .expectSends(ShipStock({ productId: 'PROD-A', orderId }), ShipStock({ productId: 'PROD-B', orderId }))
    .expectComplete()
})

test('What cannot be reserved gives back what was, and cancels the order', () => {
  given(fulfilment, [placed], { use })
    .rejected(reserveB, 'out-of-stock', { remaining: 0 })
    .expectSends(releaseA, CancelOrder({ orderId, reason: 'out-of-stock: PROD-B' }))
    .expectComplete()
    .when(cancelled)
    .expectSends()
  given(fulfilment, [placed], { use })
    .rejected(reserveA, 'out-of-stock', { remaining: 4 })
    .expectSends(CancelOrder({ orderId, reason: 'out-of-stock: PROD-A' }))
})

test('A customer who cancels gets the pieces back on the shelf, whichever moment they choose', () => {
  given(fulfilment, [placed, confirmed], { use }).when(cancelled).expectSends(releaseA, releaseB).expectComplete()
  given(fulfilment, [placed], { use })
    .when(cancelled)
    .expectSends()
    .rejected(confirm, 'wrong-step', { state: 'cancelled', step: 'confirm' })
    .expectSends(releaseA, releaseB)
    .expectComplete()
})

test('An order that somebody confirmed by hand keeps its pieces', () => {
  given(fulfilment, [placed, confirmed], { use })
    .rejected(confirm, 'wrong-step', { state: 'confirmed', step: 'confirm' })
    .expectSends()
    .when(shipped)
    .expectSends(ShipStock({ productId: 'PROD-A', orderId }), ShipStock({ productId: 'PROD-B', orderId }))
})

test('An order that was not placed to be fulfilled is left alone', () => {
  const byHand = order.to(orderId, { type: 'OrderPlaced', data: details })
  given(fulfilment, [], { use }).when(byHand).expectSends().when(confirmed).expectSends().when(shipped).expectSends()
  given(fulfilment, [byHand, confirmed], { use }).when(cancelled).expectSends().expectOpen()
})

test('More than can ever be in stock is cancelled at once', () => {
  const many = Array.from({ length: 2 }, () => ({ productId: 'PROD-A', quantity: 600_000_000, price: 1 }))
  given(fulfilment, [], { use })
    .when(order.to(orderId, { type: 'OrderPlaced', data: { ...details, items: many, fulfil: true } }))
    .expectSends(CancelOrder({ orderId, reason: 'out-of-stock: PROD-A' }))
    .expectComplete()
})
