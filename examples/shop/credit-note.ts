import { aggregate, reject } from 'khata'
import * as z from 'zod'
import { items, largestTotal, totalOf } from './item.ts'

/** Money given back for goods, on a paper of its own; it need not belong to an order that the shop knows. */
export const creditNote = aggregate('credit-note', {
  id: 'creditNoteId',
  events: { CreditNoteIssued: z.object({ customerId: z.string(), items, total: z.int() }) },
  initial: { issued: false },
  evolve: { CreditNoteIssued: () => ({ issued: true }) },
  commands: {
    IssueCreditNote: {
      input: z.object({ creditNoteId: z.string().min(1).max(100), customerId: z.string().min(1).max(100), items }),
      rejections: ['already-issued', 'total-too-large'],
      decide: ({ customerId, items }, { issued }) => {
        if (issued) return reject('already-issued')
        const total = totalOf(items)
        if (total > largestTotal) return reject('total-too-large')
        return { type: 'CreditNoteIssued', data: { customerId, items, total } }
      },
    },
  },
})
