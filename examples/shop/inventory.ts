import { projection } from 'khata'
import * as z from 'zod'
import { stock } from './stock.ts'

const document = z.object({
  productId: z.string(),
  received: z.int(),
  /** Waits for its orders to be shipped. */
  reserved: z.int(),
  sold: z.int(),
  /** Can still be reserved. */
  remaining: z.int(),
})

/** What the shop has of each product. */
export const inventory = projection('inventory', {
  from: [stock],
  document,
  key: (event) => event.streamId,
  on: {
    StockReceived: (doc, { streamId, data: { quantity } }) => moved(doc, streamId, { received: quantity, remaining: quantity }),
    StockReserved: (doc, { streamId, data: { quantity } }) =>
      moved(doc, streamId, { reserved: quantity, remaining: -quantity }),
    StockReleased: (doc, { streamId, data: { quantity } }) =>
      moved(doc, streamId, { reserved: -quantity, remaining: quantity }),
    StockShipped: (doc, { streamId, data: { quantity } }) => moved(doc, streamId, { reserved: -quantity, sold: quantity }),
  },
  index: ['remaining', 'sold'],
})

type Pieces = Omit<z.output<typeof document>, 'productId'>

function moved(before: Pieces | null, productId: string, change: Partial<Pieces>) {
  return {
    productId,
    received: (before?.received ?? 0) + (change.received ?? 0),
    reserved: (before?.reserved ?? 0) + (change.reserved ?? 0),
    sold: (before?.sold ?? 0) + (change.sold ?? 0),
    remaining: (before?.remaining ?? 0) + (change.remaining ?? 0),
  }
}
