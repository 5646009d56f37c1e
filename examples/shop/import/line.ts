import { largestTotal } from '../item.ts'
import { penceOf } from './pence.ts'
import type { Row } from './source.ts'

/** A line that the shop takes, as a line of an order or, with its quantity turned round, of a credit note. */
export interface AcceptedLine {
  readonly kind: 'sale' | 'credit'
  readonly invoice: string
  readonly productId: string
  readonly productName: string
  /** Above zero for both kinds. */
  readonly quantity: number
  /** Pence for one piece. */
  readonly price: number
  /** The minute, as ISO 8601 in UTC. */
  readonly at: string
  /** Empty when the line does not say. */
  readonly customerId: string
  readonly country: string
}

/** A line that the shop does not take. */
export interface RefusedLine {
  readonly kind: 'refused'
  readonly invoice: string
  readonly reason: string
}

/** Decides about one line of the file, by itself. */
export function judge(row: Row): AcceptedLine | RefusedLine {
  const [
    invoice = '',
    stockCode = '',
    description = '',
    quantityText = '',
    time = '',
    priceText = '',
    customer = '',
    country = '',
  ] = row.values
  const refused = (reason: string): RefusedLine => ({ kind: 'refused', invoice, reason })

  if (!row.complete) return refused('has another number of fields than the header')
  if (row.values.some((value) => value.includes('\0'))) return refused('holds a null character')
  const kind = kindOf(invoice)
  if (kind === null)
    return refused(invoice.startsWith('A') ? 'bad-debt adjustment' : 'invoice number is neither a sale nor a credit')
  const quantity = quantityOf(quantityText, kind)
  if (typeof quantity === 'string') return refused(quantity)
  const price = penceOf(priceText)
  if (typeof price === 'string') return refused(price)
  if (quantity * price > largestTotal) return refused('comes to more than an order may')
  const at = minuteOf(time)
  if (at === null) return refused('time is not YYYY-MM-DD HH:MM')
  const productId = stockCode.trim().slice(0, 100) || 'unknown'
  const text = { productName: description.trim().slice(0, 500), customerId: customer.trim().slice(0, 100) }
  return { kind, invoice, productId, quantity, price, at, ...text, country: country.trim().slice(0, 500) }
}

function kindOf(invoice: string): 'sale' | 'credit' | null {
  if (invoice.length > 100) return null
  if (/^\d+$/.test(invoice)) return 'sale'
  return /^C[\x21-\x7e]*$/.test(invoice) ? 'credit' : null
}

/** Pieces, above zero; or why the quantity is refused. */
function quantityOf(text: string, kind: 'sale' | 'credit'): number | string {
  const match = /^([+-]?)(\d+)(?:\.0*)?$/.exec(text.trim())
  if (!match) return 'quantity is not a whole number'
  const pieces = Number(match[2])
  const wanted = pieces > 0 && (match[1] === '-') === (kind === 'credit')
  if (!wanted) return kind === 'credit' ? 'quantity of a credit is not below zero' : 'quantity is not above zero'
  return pieces > 1_000_000_000 ? 'quantity is too large' : pieces
}

function minuteOf(text: string): string | null {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})$/.exec(text.trim())
  if (!match) return null
  const iso = `${match[1]}T${match[2]}:00.000Z`
  const time = Date.parse(iso)
  // A date such as 31 February is taken by some engines as a day in March.
  return Number.isNaN(time) || new Date(time).toISOString() !== iso ? null : iso
}
