import { projection, query } from 'khata'
import * as z from 'zod'
import { order } from './order.ts'

/** The text of each order, for `order-search`; as long as its longest order, which has an end. */
export const orderTexts = projection('order-texts', {
  from: [order],
  document: z.object({
    customerId: z.string(),
    customerName: z.string(),
    shippingAddress: z.string(),
    total: z.int(),
    placedAt: z.string(),
    /** Numbers and names of the products. */
    products: z.string(),
  }),
  key: (event) => event.streamId,
  on: {
    OrderPlaced: (_, { data, occurredAt }) => ({
      customerId: data.customerId,
      customerName: data.customerName,
      shippingAddress: data.shippingAddress,
      total: data.total,
      placedAt: occurredAt,
      products: data.items.map(({ productId, productName }) => `${productId} ${productName ?? ''}`.trim()).join('\n'),
    }),
  },
  search: ['products', 'customerId', 'customerName', 'shippingAddress'],
})

/** Orders that contain all the words, in their products, customer or address. */
export const orderSearch = query('order-search', {
  description: 'Orders with all the words of `q` (or `search`) in their products, customer or address.',
  input: z
    .object({
      q: z.string().max(200).optional(),
      search: z.string().max(200).optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      cursor: z.string().optional(),
    })
    .refine(({ q, search }) => (q ?? search ?? '').trim() !== '', { path: ['q'], message: 'which words?' }),
  views: [orderTexts],
  answer: async ({ q, search, limit, cursor }, { view }) => {
    const page = await view(orderTexts).search(q ?? search ?? '', { limit, ...(cursor === undefined ? {} : { cursor }) })
    const orders = page.items.map(({ id, document: { products: _, ...shown } }) => ({ orderId: id, ...shown }))
    return { orders, next: page.next }
  },
})
