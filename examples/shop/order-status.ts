import { projection, query } from 'khata'
import * as z from 'zod'
import { order } from './order.ts'

const time = z.string().nullable()

/** An order as its customer wants to see it, with the time of each step. Its lines are in the order's stream. */
export const orderStatus = projection('order-status', {
  from: [order],
  document: z.object({
    orderId: z.string(),
    customerId: z.string(),
    customerName: z.string(),
    status: z.enum(['placed', 'confirmed', 'packed', 'shipped', 'delivered', 'returned', 'cancelled']),
    total: z.int(),
    /** Lines of the order. */
    itemCount: z.int(),
    /** The sum of their quantities. */
    pieces: z.int(),
    shippingAddress: z.string(),
    trackingNumber: z.string().nullable(),
    placedAt: z.string(),
    confirmedAt: time,
    packedAt: time,
    shippedAt: time,
    deliveredAt: time,
    returnedAt: time,
    cancelledAt: time,
  }),
  key: (event) => event.streamId,
  on: {
    OrderPlaced: (_, { streamId, data, occurredAt }) => ({
      orderId: streamId,
      customerId: data.customerId,
      customerName: data.customerName,
      status: 'placed',
      total: data.total,
      itemCount: data.items.length,
      pieces: data.items.reduce((sum, item) => sum + item.quantity, 0),
      shippingAddress: data.shippingAddress,
      trackingNumber: null,
      placedAt: occurredAt,
      confirmedAt: null,
      packedAt: null,
      shippedAt: null,
      deliveredAt: null,
      returnedAt: null,
      cancelledAt: null,
    }),
    OrderConfirmed: (doc, { occurredAt }) => doc && { ...doc, status: 'confirmed', confirmedAt: occurredAt },
    OrderPacked: (doc, { occurredAt }) => doc && { ...doc, status: 'packed', packedAt: occurredAt },
    OrderShipped: (doc, { data, occurredAt }) =>
      doc && { ...doc, status: 'shipped', trackingNumber: data.trackingNumber, shippedAt: occurredAt },
    OrderDelivered: (doc, { occurredAt }) => doc && { ...doc, status: 'delivered', deliveredAt: occurredAt },
    OrderReturned: (doc, { occurredAt }) => doc && { ...doc, status: 'returned', returnedAt: occurredAt },
    OrderCancelled: (doc, { occurredAt }) => doc && { ...doc, status: 'cancelled', cancelledAt: occurredAt },
  },
  index: [['customerId', 'placedAt'], ['status', 'placedAt'], 'placedAt'],
})

/** All orders of a customer, newest first. */
export const customerHistory = query('customer-history', {
  description: 'All orders of a customer, newest first: `id` or `customerId` names the customer.',
  input: z
    .object({
      id: z.string().optional(),
      customerId: z.string().optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      cursor: z.string().optional(),
    })
    .refine(({ id, customerId }) => (id ?? customerId) !== undefined, { path: ['id'], message: 'which customer?' }),
  views: [orderStatus],
  answer: async ({ id, customerId = id ?? '', limit, cursor }, { view }) => {
    const page = await view(orderStatus).find({
      where: { customerId },
      order: '-placedAt',
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    return { customerId, orders: page.items.map((item) => item.document), next: page.next }
  },
})
