import * as z from 'zod'

/** A line of an order or credit note. Prices are in pence, for one piece. */
export const item = z.object({
  productId: z.string().min(1).max(100),
  productName: z.string().max(500).optional(),
  quantity: z.int().positive().max(1_000_000_000),
  price: z.int().positive(),
})

/** At least one line; what a person would type and an import of real invoices needs, but not without end. */
export const items = z.array(item).min(1).max(5000)

/** The most that one order or credit note may come to, in pence, so that sums over many of them stay exact. */
export const largestTotal = 1_000_000_000_000

/** What lines come to, in pence. */
export function totalOf(items: readonly { readonly quantity: number; readonly price: number }[]): number {
  return items.reduce((sum, { quantity, price }) => sum + quantity * price, 0)
}
