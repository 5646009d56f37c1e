import type { App, AppModel, Receipt } from 'khata'
import { creditNote } from '../credit-note.ts'
import { order } from '../order.ts'
import type { Invoice } from './invoices.ts'
import { ImportProblem } from './problem.ts'

/** The part of an app that takes commands. */
export type Sender = Pick<App<AppModel>, 'send'>

/**
 * Makes an invoice an order or a credit note. The invoice number is the key: whatever is sent again has one effect, also
 * after a crash between the commit and the answer.
 *
 * @throws ImportProblem when the store already holds something else under this number
 */
export async function sendInvoice(app: Sender, invoice: Invoice): Promise<Receipt> {
  const outcome = await app.send(messageOf(invoice), {
    idempotencyKey: `retail ${invoice.number}`,
    keepKey: true,
    occurredAt: earliestOf(invoice),
    user: { id: 'import:retail' },
  })
  if (outcome.rejected === undefined) return outcome
  throw new ImportProblem(`Invoice ${invoice.number} was rejected: ${outcome.rejected}. The store was not changed by it.`)
}

/** Times as ISO 8601 in UTC are in order as texts. */
function earliestOf({ lines }: Invoice): string {
  return lines.map(({ at }) => at).sort()[0] ?? lines[0].at
}

function messageOf({ number, lines }: Invoice) {
  const items = lines.map(({ productId, productName, quantity, price }) => ({
    productId,
    ...(productName === '' ? {} : { productName }),
    quantity,
    price,
  }))
  const customerId = lines.find((line) => line.customerId !== '')?.customerId ?? 'unknown'
  if (lines[0].kind === 'credit') return creditNote.commands.IssueCreditNote({ creditNoteId: number, customerId, items })
  const shippingAddress = lines.find((line) => line.country !== '')?.country ?? 'unknown'
  // The file has numbers of customers, not names.
  return order.commands.PlaceOrder({ orderId: number, customerId, customerName: customerId, items, shippingAddress })
}

/**
 * Runs `work` on each item, at most `limit` at once; reads no further than that. Ends early when `signal` aborts or at
 * the first error, but never before what was begun is finished.
 *
 * @throws what `work` or the items threw first
 */
export async function eachInFlight<Item>(
  items: AsyncIterable<Item>,
  limit: number,
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const flying = new Set<Promise<void>>()
  const failures: unknown[] = []
  try {
    for await (const item of items) {
      if (signal.aborted || failures.length > 0) break
      const flight = work(item)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => flying.delete(flight))
      flying.add(flight)
      if (flying.size >= limit) await Promise.race(flying)
    }
  } finally {
    await Promise.all(flying)
  }
  if (failures.length > 0) throw failures[0]
}
