import { test } from 'node:test'
import { given } from 'khata/testing'
import { order } from './order.ts'

const orderId = 'ORD-001'
const place = {
  orderId,
  customerId: 'CUST-001',
  customerName: 'Rahim Uddin',
  items: [
    { productId: 'PROD-A', quantity: 2, price: 500 },
    { productId: 'PROD-B', quantity: 1, price: 1200 },
  ],
  shippingAddress: 'Dhaka, Bangladesh',
}
const { orderId: _, ...order2200 } = place
const placed = { type: 'OrderPlaced', data: { ...order2200, total: 2200 } } as const
const confirmed = { type: 'OrderConfirmed', data: {} } as const
const packed = { type: 'OrderPacked', data: {} } as const
const shipped = { type: 'OrderShipped', data: { trackingNumber: 'T-1' } } as const
const delivered = { type: 'OrderDelivered', data: {} } as const
const returned = { type: 'OrderReturned', data: { total: 2200 } } as const
const cancelled = { type: 'OrderCancelled', data: { total: 2200 } } as const

test('The example order comes to 2,200', () => {
  given(order).when('PlaceOrder', place).expect(placed).expectState({ status: 'placed', total: 2200 })
})

test('An order has at least one line, each with a positive quantity and price', () => {
  const line = { productId: 'PROD-A', quantity: 1, price: 1 }
  given(order)
    .when('PlaceOrder', { ...place, items: [] })
    .expectInvalid('items')
  given(order)
    .when('PlaceOrder', { ...place, items: [line, { ...line, quantity: 0 }] })
    .expectInvalid('items.1.quantity')
  given(order)
    .when('PlaceOrder', { ...place, items: [{ ...line, price: -1 }, line] })
    .expectInvalid('items.0.price')
  given(order)
    .when('PlaceOrder', { ...place, items: [{ ...line, price: 2.5 }] })
    .expectInvalid('items.0.price')
})

test('An order may have hundreds of lines, but not come to more than sums can hold', () => {
  const line = { productId: 'PROD-A', quantity: 1_000_000_000, price: 1 }
  const many = Array.from({ length: 700 }, () => line)
  given(order)
    .when('PlaceOrder', { ...place, items: many })
    .expectState({ status: 'placed', total: 700_000_000_000 })
  given(order)
    .when('PlaceOrder', { ...place, items: [...many, { ...line, price: 500 }] })
    .expectRejection('total-too-large')
})

/** The ways that an order can have come, by the state it is then in. */
const ways = {
  none: [],
  placed: [placed],
  confirmed: [placed, confirmed],
  packed: [placed, confirmed, packed],
  shipped: [placed, confirmed, packed, shipped],
  delivered: [placed, confirmed, packed, shipped, delivered],
  returned: [placed, confirmed, packed, shipped, delivered, returned],
  cancelled: [placed, confirmed, cancelled],
} as const

const steps = [
  { step: 'confirm', command: 'ConfirmOrder', input: { orderId }, from: ['placed'], event: confirmed },
  { step: 'pack', command: 'PackOrder', input: { orderId }, from: ['confirmed'], event: packed },
  { step: 'ship', command: 'ShipOrder', input: { orderId, trackingNumber: 'T-1' }, from: ['packed'], event: shipped },
  { step: 'deliver', command: 'DeliverOrder', input: { orderId }, from: ['shipped'], event: delivered },
  { step: 'return', command: 'ReturnOrder', input: { orderId }, from: ['delivered'], event: returned },
  { step: 'cancel', command: 'CancelOrder', input: { orderId }, from: ['placed', 'confirmed', 'packed'], event: cancelled },
] as const

for (const [state, past] of Object.entries(ways)) {
  test(`Every step of an order in state '${state}' is taken or refused by name`, () => {
    for (const { step, command, input, from, event } of steps) {
      const decision = given(order, past).when(command as 'ShipOrder', input as { orderId: string; trackingNumber: string })
      if ((from as readonly string[]).includes(state)) decision.expect(event)
      else decision.expectRejection(state === 'none' ? 'not-placed' : 'wrong-step', { state, step })
    }
    if (state !== 'none') {
      given(order, past).when('PlaceOrder', place).expectRejection('already-placed', { state, step: 'place' })
    }
  })
}
