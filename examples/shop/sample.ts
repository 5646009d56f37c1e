import type { App, AppModel } from 'khata'
import { order } from './order.ts'
import { stock } from './stock.ts'

const { PlaceOrder, ConfirmOrder, PackOrder, ShipOrder, DeliverOrder, CancelOrder } = order.commands
const { ReceiveStock, ReserveStock, ShipStock } = stock.commands

/** Some orders at different steps and the stock they come from, in the order they came about. */
const history = [
  ReceiveStock({ productId: 'PROD-A', quantity: 40 }),
  ReceiveStock({ productId: 'PROD-B', quantity: 12 }),
  ReceiveStock({ productId: 'PROD-C', quantity: 5 }),

  PlaceOrder({
    orderId: 'ORD-001',
    customerId: 'CUST-001',
    customerName: 'Rahim Uddin',
    items: [
      { productId: 'PROD-A', productName: 'Notebook, ruled', quantity: 2, price: 500 },
      { productId: 'PROD-B', productName: 'Desk lamp', quantity: 1, price: 1200 },
    ],
    shippingAddress: 'Dhaka, Bangladesh',
  }),
  ReserveStock({ productId: 'PROD-A', orderId: 'ORD-001', quantity: 2 }),
  ReserveStock({ productId: 'PROD-B', orderId: 'ORD-001', quantity: 1 }),
  ConfirmOrder({ orderId: 'ORD-001' }),

  PlaceOrder({
    orderId: 'ORD-002',
    customerId: 'CUST-002',
    customerName: 'Farida Begum',
    items: [{ productId: 'PROD-A', productName: 'Notebook, ruled', quantity: 10, price: 500 }],
    shippingAddress: 'Chattogram, Bangladesh',
  }),
  ReserveStock({ productId: 'PROD-A', orderId: 'ORD-002', quantity: 10 }),
  ConfirmOrder({ orderId: 'ORD-002' }),
  PackOrder({ orderId: 'ORD-002' }),
  ShipOrder({ orderId: 'ORD-002', trackingNumber: 'BD-2210-7741' }),
  ShipStock({ productId: 'PROD-A', orderId: 'ORD-002' }),
  DeliverOrder({ orderId: 'ORD-002' }),

  PlaceOrder({
    orderId: 'ORD-003',
    customerId: 'CUST-001',
    customerName: 'Rahim Uddin',
    items: [{ productId: 'PROD-C', productName: 'Fountain pen', quantity: 1, price: 3500 }],
    shippingAddress: 'Dhaka, Bangladesh',
  }),
  CancelOrder({ orderId: 'ORD-003', reason: 'ordered twice' }),

  ReceiveStock({ productId: 'PROD-D', quantity: 10 }),
  // Two that the shop fulfils by itself: one it can, and one it has too little for.
  PlaceOrder({
    orderId: 'ORD-F01',
    customerId: 'CUST-003',
    customerName: 'Imran Hossain',
    items: [{ productId: 'PROD-D', productName: 'Ink, black', quantity: 3, price: 450 }],
    shippingAddress: 'Sylhet, Bangladesh',
    fulfil: true,
  }),
  PlaceOrder({
    orderId: 'ORD-F02',
    customerId: 'CUST-004',
    customerName: 'Sadia Karim',
    items: [
      { productId: 'PROD-D', productName: 'Ink, black', quantity: 1, price: 450 },
      { productId: 'PROD-C', productName: 'Fountain pen', quantity: 50, price: 3500 },
    ],
    shippingAddress: 'Chattogram, Bangladesh',
    fulfil: true,
  }),
]

/**
 * Fills a store with a few orders and their stock, once: each command has a key, so that running it again does nothing.
 *
 * @throws KhataError as `send` does
 */
export async function sample(app: Pick<App<AppModel>, 'send'>): Promise<void> {
  for (const [index, message] of history.entries()) {
    const user = { id: 'sample' }
    await app.send(message, { idempotencyKey: `sample shop ${index}`, keepKey: true, user, correlationId: 'sample' })
  }
}
