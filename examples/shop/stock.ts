import { aggregate, reject } from 'khata'
import * as z from 'zod'

const productId = z.string().min(1).max(100)
const orderId = z.string().min(1).max(100)
const quantity = z.int().positive().max(1_000_000_000)
const ofOrder = z.object({ orderId: z.string(), quantity })

/** What the rules of a product's stock depend on. */
interface StockState {
  /** Pieces that nobody has reserved. */
  readonly remaining: number
  /** Reservations that are neither released nor shipped. */
  readonly reserved: readonly { readonly orderId: string; readonly quantity: number }[]
}

/** The stock of one product; it never goes below zero. An order reserves a product once, and ships or releases all of it. */
export const stock = aggregate('stock', {
  id: 'productId',
  events: {
    StockReceived: z.object({ quantity }),
    StockReserved: ofOrder,
    StockReleased: ofOrder,
    StockShipped: ofOrder,
  },
  initial: { remaining: 0, reserved: [] } as StockState,
  evolve: {
    StockReceived: (state, { quantity }) => ({ ...state, remaining: state.remaining + quantity }),
    StockReserved: (state, { orderId, quantity }) => ({
      remaining: state.remaining - quantity,
      reserved: [...state.reserved, { orderId, quantity }],
    }),
    StockReleased: (state, { orderId, quantity }) => ({
      remaining: state.remaining + quantity,
      reserved: state.reserved.filter((each) => each.orderId !== orderId),
    }),
    StockShipped: (state, { orderId }) => ({
      ...state,
      reserved: state.reserved.filter((each) => each.orderId !== orderId),
    }),
  },
  commands: {
    ReceiveStock: {
      input: z.object({ productId, quantity }),
      decide: ({ quantity }) => ({ type: 'StockReceived', data: { quantity } }),
    },
    ReserveStock: {
      input: z.object({ productId, orderId, quantity }),
      rejections: ['already-reserved', 'out-of-stock'],
      decide: ({ orderId, quantity }, { remaining, reserved }) => {
        if (reserved.some((each) => each.orderId === orderId)) return reject('already-reserved')
        if (quantity > remaining) return reject('out-of-stock', { remaining })
        return { type: 'StockReserved', data: { orderId, quantity } }
      },
    },
    ReleaseStock: {
      description: 'Gives back what an order has reserved.',
      input: z.object({ productId, orderId }),
      rejections: ['not-reserved'],
      decide: ({ orderId }, { reserved }) => {
        const reservation = reserved.find((each) => each.orderId === orderId)
        return reservation ? { type: 'StockReleased', data: reservation } : reject('not-reserved')
      },
    },
    ShipStock: {
      description: 'Hands out what an order has reserved.',
      input: z.object({ productId, orderId }),
      rejections: ['not-reserved'],
      decide: ({ orderId }, { reserved }) => {
        const reservation = reserved.find((each) => each.orderId === orderId)
        return reservation ? { type: 'StockShipped', data: reservation } : reject('not-reserved')
      },
    },
  },
})
