import { aggregate, reject } from 'khata'
import * as z from 'zod'
import { items, largestTotal, totalOf } from './item.ts'

const orderId = z.string().min(1).max(100)
const reason = z.string().max(500).optional()

/** Where an order is on its way; `none` before it is placed. */
type Status = 'none' | 'placed' | 'confirmed' | 'packed' | 'shipped' | 'delivered' | 'returned' | 'cancelled'

/** What an order's rules depend on. */
interface OrderState {
  readonly status: Status
  readonly total: number
}

/** An order on its way from the shop to the customer, and perhaps back. */
export const order = aggregate('order', {
  id: 'orderId',
  events: {
    OrderPlaced: z.object({
      customerId: z.string(),
      customerName: z.string(),
      items,
      shippingAddress: z.string(),
      total: z.int(),
      /** Whether the shop fulfils it by itself. Absent: somebody takes each step by hand, or it is history. */
      fulfil: z.boolean().optional(),
    }),
    OrderConfirmed: z.object({}),
    OrderPacked: z.object({}),
    OrderShipped: z.object({ trackingNumber: z.string() }),
    OrderDelivered: z.object({}),
    OrderReturned: z.object({ total: z.int(), reason }),
    OrderCancelled: z.object({ total: z.int(), reason }),
  },
  initial: { status: 'none', total: 0 } as OrderState,
  evolve: {
    OrderPlaced: (_, { total }) => ({ status: 'placed', total }),
    OrderConfirmed: (state) => ({ ...state, status: 'confirmed' }),
    OrderPacked: (state) => ({ ...state, status: 'packed' }),
    OrderShipped: (state) => ({ ...state, status: 'shipped' }),
    OrderDelivered: (state) => ({ ...state, status: 'delivered' }),
    OrderReturned: (state) => ({ ...state, status: 'returned' }),
    OrderCancelled: (state) => ({ ...state, status: 'cancelled' }),
  },
  commands: {
    PlaceOrder: {
      description:
        'Places an order. With `fulfil`, its stock is reserved and it is confirmed, or it is cancelled, without more ado.',
      input: z.object({
        orderId,
        customerId: z.string().min(1).max(100),
        customerName: z.string().min(1).max(200),
        items,
        shippingAddress: z.string().min(1).max(500),
        fulfil: z.boolean().optional(),
      }),
      rejections: ['already-placed', 'total-too-large'],
      decide: ({ orderId: _, ...placed }, { status }) => {
        if (status !== 'none') return reject('already-placed', { state: status, step: 'place' })
        const total = totalOf(placed.items)
        if (total > largestTotal) return reject('total-too-large')
        return { type: 'OrderPlaced', data: { ...placed, total } }
      },
    },
    ConfirmOrder: {
      input: z.object({ orderId }),
      rejections: ['not-placed', 'wrong-step'],
      decide: (_, { status }) => wrong('confirm', status, ['placed']) ?? { type: 'OrderConfirmed', data: {} },
    },
    PackOrder: {
      input: z.object({ orderId }),
      rejections: ['not-placed', 'wrong-step'],
      decide: (_, { status }) => wrong('pack', status, ['confirmed']) ?? { type: 'OrderPacked', data: {} },
    },
    ShipOrder: {
      input: z.object({ orderId, trackingNumber: z.string().min(1).max(100) }),
      rejections: ['not-placed', 'wrong-step'],
      decide: ({ trackingNumber }, { status }) =>
        wrong('ship', status, ['packed']) ?? { type: 'OrderShipped', data: { trackingNumber } },
    },
    DeliverOrder: {
      input: z.object({ orderId }),
      rejections: ['not-placed', 'wrong-step'],
      decide: (_, { status }) => wrong('deliver', status, ['shipped']) ?? { type: 'OrderDelivered', data: {} },
    },
    ReturnOrder: {
      description: 'Takes a delivered order back, as a whole.',
      input: z.object({ orderId, reason }),
      rejections: ['not-placed', 'wrong-step'],
      decide: ({ reason }, { status, total }) =>
        wrong('return', status, ['delivered']) ?? { type: 'OrderReturned', data: { total, reason } },
    },
    CancelOrder: {
      description: 'Cancels an order that is not shipped yet.',
      input: z.object({ orderId, reason }),
      rejections: ['not-placed', 'wrong-step'],
      decide: ({ reason }, { status, total }) =>
        wrong('cancel', status, ['placed', 'confirmed', 'packed']) ?? { type: 'OrderCancelled', data: { total, reason } },
    },
  },
})

/** The rejection of a step that an order is not ready for; null when it is. */
function wrong(step: string, state: Status, allowed: readonly Status[]) {
  if (allowed.includes(state)) return null
  return state === 'none' ? reject('not-placed', { state, step }) : reject('wrong-step', { state, step })
}
