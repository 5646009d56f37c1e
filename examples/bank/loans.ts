import { projection } from 'khata'
import * as z from 'zod'
import { loan } from './loan.ts'

/** Every loan as it stands. */
export const loans = projection('loans', {
  from: [loan],
  document: z.object({
    accountId: z.string(),
    amount: z.int(),
    outstanding: z.int(),
    status: z.enum(['applied', 'approved', 'refused', 'cancelled', 'disbursed', 'late', 'settled']),
    /** Why it was refused or cancelled. */
    reason: z.string().nullable(),
    appliedAt: z.string(),
  }),
  key: (event) => event.streamId,
  on: {
    LoanApplied: (_, { data: { accountId, amount }, occurredAt }) => ({
      accountId,
      amount,
      outstanding: amount,
      status: 'applied',
      reason: null,
      appliedAt: occurredAt,
    }),
    LoanApproved: (doc) => doc && { ...doc, status: 'approved' },
    LoanRefused: (doc, { data }) => doc && { ...doc, status: 'refused', reason: data.reason, outstanding: 0 },
    LoanCancelled: (doc, { data }) => doc && { ...doc, status: 'cancelled', reason: data.reason, outstanding: 0 },
    LoanDisbursed: (doc) => doc && { ...doc, status: 'disbursed' },
    LoanRepaid: (doc, { data }) => doc && { ...doc, outstanding: data.outstanding },
    LoanLate: (doc) => doc && { ...doc, status: 'late' },
    LoanSettled: (doc) => doc && { ...doc, status: 'settled' },
  },
  index: ['status', 'accountId', 'appliedAt'],
})
