import { projection } from 'khata'
import * as z from 'zod'
import { creditNote } from './credit-note.ts'
import { order } from './order.ts'

const document = z.object({
  date: z.string(),
  /** Orders placed on this date, in pence. */
  gross: z.int(),
  /** Given back on this date: credit notes, and orders returned or cancelled. */
  credited: z.int(),
  /** Gross less credited. */
  net: z.int(),
  orders: z.int(),
  creditNotes: z.int(),
})

/** What the shop took on each date, in UTC, by when things happened in the business. */
export const revenue = projection('revenue', {
  from: [order, creditNote],
  document,
  key: ({ occurredAt }) => dateOf(occurredAt),
  on: {
    OrderPlaced: (doc, { data }, date) => booked(doc, date, { gross: data.total, orders: 1 }),
    OrderReturned: (doc, { data }, date) => booked(doc, date, { credited: data.total }),
    OrderCancelled: (doc, { data }, date) => booked(doc, date, { credited: data.total }),
    CreditNoteIssued: (doc, { data }, date) => booked(doc, date, { credited: data.total, creditNotes: 1 }),
  },
  index: ['date'],
})

type Day = z.output<typeof document>

/** Times are ISO 8601 in UTC, so a date is their beginning. */
function dateOf(occurredAt: string): string {
  return occurredAt.slice(0, 'YYYY-MM-DD'.length)
}

function booked(before: Day | null, date: string, change: Partial<Day>) {
  const gross = (before?.gross ?? 0) + (change.gross ?? 0)
  const credited = (before?.credited ?? 0) + (change.credited ?? 0)
  return {
    date,
    gross,
    credited,
    net: gross - credited,
    orders: (before?.orders ?? 0) + (change.orders ?? 0),
    creditNotes: (before?.creditNotes ?? 0) + (change.creditNotes ?? 0),
  }
}
