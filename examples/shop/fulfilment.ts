import { process } from 'khata'
import { order } from './order.ts'
import { stock } from './stock.ts'

const { ConfirmOrder, CancelOrder } = order.commands
const { ReserveStock, ReleaseStock, ShipStock } = stock.commands

/** Pieces of one product; an order with several lines of it reserves it once. */
interface Line {
  readonly productId: string
  readonly quantity: number
}

interface FulfilmentState {
  readonly status: 'none' | 'reserving' | 'reserved'
  readonly lines: readonly Line[]
}

/** More than this of one product cannot be reserved at once, nor ever be in stock. */
const mostOfOneProduct = 1_000_000_000

/**
 * Sees an order through: reserves every line and confirms the order, or gives all of it back and cancels; later hands
 * the reserved pieces out when the order is shipped. Only orders placed with `fulfil` are seen through: those that are
 * recorded after the fact, such as imported invoices, took place without it, and must not be cancelled for lack of a
 * stock that was never kept; and whoever goes step by step is not run ahead of.
 */
export const fulfilment = process('fulfilment', {
  from: [order],
  initial: { status: 'none', lines: [] } as FulfilmentState,
  correlate: (event) => (event.type === 'OrderPlaced' && !event.data.fulfil ? null : event.streamId),
  on: {
    OrderPlaced: (_, { data }, { id: orderId }) => {
      const lines = linesOf(data.items)
      const impossible = lines.find(({ quantity }) => quantity > mostOfOneProduct)
      if (impossible) return { send: cancelled(orderId, 'out-of-stock', impossible.productId), complete: true }
      const reservations = lines.map((line) => ReserveStock({ ...line, orderId }))
      return { state: { status: 'reserving', lines }, send: [...reservations, ConfirmOrder({ orderId })] }
    },
    OrderConfirmed: (state) => (state.status === 'reserving' ? { state: { ...state, status: 'reserved' } } : null),
    OrderShipped: ({ status, lines }, _, { id: orderId }) =>
      status === 'none' ? null : { send: lines.map(({ productId }) => ShipStock({ productId, orderId })), complete: true },
    // While lines are still being reserved the confirmation is going to be rejected, and gives them back.
    OrderCancelled: ({ status, lines }, _, { id: orderId }) =>
      status === 'reserved' ? { send: released(lines, orderId), complete: true } : null,
  },
  rejected: ({ lines }, { command, input, code, detail }, { id: orderId }) => {
    if (command === 'ReserveStock') {
      const { productId } = input as Line
      const before = lines.slice(
        0,
        lines.findIndex((line) => line.productId === productId),
      )
      return { send: [...released(before, orderId), cancelled(orderId, code, productId)], complete: true }
    }
    // Somebody else was faster: confirmed is as good, anything else means that the pieces are not wanted.
    if (command !== 'ConfirmOrder' || isUnderWay(detail)) return null
    return { send: released(lines, orderId), complete: true }
  },
})

function linesOf(items: readonly Line[]): readonly Line[] {
  const quantities = new Map<string, number>()
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity)
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }))
}

function released(lines: readonly Line[], orderId: string) {
  return lines.map(({ productId }) => ReleaseStock({ productId, orderId }))
}

function cancelled(orderId: string, code: string, productId: string) {
  return CancelOrder({ orderId, reason: `${code}: ${productId}` })
}

function isUnderWay(detail: unknown): boolean {
  const { state } = detail as { readonly state?: string }
  return state === 'confirmed' || state === 'packed' || state === 'shipped'
}
