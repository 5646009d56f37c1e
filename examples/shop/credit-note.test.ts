import { test } from 'node:test'
import { given } from 'khata/testing'
import { creditNote } from './credit-note.ts'

const credit = { customerId: 'CUST-001', items: [{ productId: 'PROD-A', quantity: 3, price: 500 }] }

test('A credit note is issued once, and comes to the sum of its lines', () => {
  const issued = { type: 'CreditNoteIssued', data: { ...credit, total: 1500 } } as const
  given(creditNote)
    .when('IssueCreditNote', { creditNoteId: 'CN-1', ...credit })
    .expect(issued)
  given(creditNote, [issued])
    .when('IssueCreditNote', { creditNoteId: 'CN-1', ...credit })
    .expectRejection('already-issued')
})

test('A credit note has a total that sums can hold', () => {
  const items = [{ productId: 'PROD-A', quantity: 1_000_000_000, price: 1001 }]
  given(creditNote)
    .when('IssueCreditNote', { creditNoteId: 'CN-1', customerId: 'CUST-001', items })
    .expectRejection('total-too-large')
})
