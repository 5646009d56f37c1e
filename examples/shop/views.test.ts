import { test } from 'node:test'
import { given } from 'khata/testing'
import { creditNote } from './credit-note.ts'
import { inventory } from './inventory.ts'
import { order } from './order.ts'
import { orderTexts } from './order-search.ts'
import { orderStatus } from './order-status.ts'
import { revenue } from './revenue.ts'
import { stock } from './stock.ts'

const items = [
  { productId: 'PROD-A', productName: 'Notebook', quantity: 2, price: 500 },
  { productId: 'PROD-B', quantity: 1, price: 1200 },
]
const customer = { customerId: 'CUST-001', customerName: 'Rahim Uddin', shippingAddress: 'Dhaka, Bangladesh' }
const placed = order.to('ORD-001', { type: 'OrderPlaced', data: { ...customer, items, total: 2200 } })
const at = (time: string) => ({ occurredAt: `2026-03-${time}.000Z` })

const status = {
  orderId: 'ORD-001',
  ...customer,
  total: 2200,
  itemCount: 2,
  pieces: 3,
  placedAt: '2026-03-01T09:00:00.000Z',
  confirmedAt: '2026-03-01T10:00:00.000Z',
  packedAt: null,
  shippedAt: null,
  deliveredAt: null,
  returnedAt: null,
  cancelledAt: null,
}

test('Order status has the time of each step', () => {
  const confirmed = [
    { ...placed, ...at('01T09:00:00') },
    { ...order.to('ORD-001', { type: 'OrderConfirmed', data: {} }), ...at('01T10:00:00') },
  ]
  given(orderStatus, confirmed).expectDocument('ORD-001', { ...status, status: 'confirmed', trackingNumber: null })
  given(orderStatus, [
    ...confirmed,
    { ...order.to('ORD-001', { type: 'OrderPacked', data: {} }), ...at('02T08:00:00') },
    { ...order.to('ORD-001', { type: 'OrderShipped', data: { trackingNumber: 'T-1' } }), ...at('02T09:00:00') },
    { ...order.to('ORD-001', { type: 'OrderDelivered', data: {} }), ...at('04T12:00:00') },
    { ...order.to('ORD-001', { type: 'OrderReturned', data: { total: 2200 } }), ...at('06T12:00:00') },
  ]).expectDocument('ORD-001', {
    ...status,
    status: 'returned',
    trackingNumber: 'T-1',
    packedAt: '2026-03-02T08:00:00.000Z',
    shippedAt: '2026-03-02T09:00:00.000Z',
    deliveredAt: '2026-03-04T12:00:00.000Z',
    returnedAt: '2026-03-06T12:00:00.000Z',
  })
  given(orderStatus, [
    ...confirmed,
    { ...order.to('ORD-001', { type: 'OrderCancelled', data: { total: 2200 } }), ...at('01T11:00:00') },
  ]).expectDocument('ORD-001', {
    ...status,
    status: 'cancelled',
    trackingNumber: null,
    cancelledAt: '2026-03-01T11:00:00.000Z',
  })
})

test('Inventory counts what is received, reserved, sold and remaining', () => {
  given(inventory, [
    stock.to('PROD-A', { type: 'StockReceived', data: { quantity: 10 } }),
    stock.to('PROD-A', { type: 'StockReserved', data: { orderId: 'O1', quantity: 4 } }),
    stock.to('PROD-A', { type: 'StockReserved', data: { orderId: 'O2', quantity: 3 } }),
    stock.to('PROD-A', { type: 'StockReserved', data: { orderId: 'O3', quantity: 1 } }),
    stock.to('PROD-A', { type: 'StockShipped', data: { orderId: 'O1', quantity: 4 } }),
    stock.to('PROD-A', { type: 'StockReleased', data: { orderId: 'O2', quantity: 3 } }),
  ]).expectDocument('PROD-A', { productId: 'PROD-A', received: 10, reserved: 1, sold: 4, remaining: 5 })
})

test('Revenue goes by the date on which things happened, in UTC', () => {
  const credit = { type: 'CreditNoteIssued', data: { customerId: 'CUST-002', items, total: 2200 } } as const
  given(revenue, [
    { ...placed, ...at('01T23:59:59') },
    { ...placed, to: { category: 'order', id: 'ORD-002' }, ...at('02T00:00:00') },
    { ...order.to('ORD-002', { type: 'OrderCancelled', data: { total: 2200 } }), ...at('02T09:00:00') },
    { ...creditNote.to('CN-1', credit), ...at('01T12:00:00') },
    { ...creditNote.to('CN-2', credit), ...at('03T12:00:00') },
  ])
    .expectDocument('2026-03-01', { date: '2026-03-01', gross: 2200, credited: 2200, net: 0, orders: 1, creditNotes: 1 })
    .expectDocument('2026-03-02', { date: '2026-03-02', gross: 2200, credited: 2200, net: 0, orders: 1, creditNotes: 0 })
    .expectDocument('2026-03-03', { date: '2026-03-03', gross: 0, credited: 2200, net: -2200, orders: 0, creditNotes: 1 })
})

test('The text of an order holds its products, customer and address', () => {
  given(orderTexts, [{ ...placed, ...at('01T09:00:00') }]).expectDocument('ORD-001', {
    ...customer,
    total: 2200,
    placedAt: '2026-03-01T09:00:00.000Z',
    products: 'PROD-A Notebook\nPROD-B',
  })
})
