import { aggregate, reject } from 'khata'
import * as z from 'zod'

/** What somebody should look at: one for an account, in a stream of its own, so that watching never gets in a customer's way. */
export const fraudCase = aggregate('fraud-case', {
  id: 'accountId',
  events: {
    AccountFlagged: z.object({ reason: z.string() }),
    FraudCaseClosed: z.object({ outcome: z.string() }),
  },
  initial: { open: false },
  evolve: { AccountFlagged: () => ({ open: true }), FraudCaseClosed: () => ({ open: false }) },
  tags: { AccountFlagged: (_, accountId) => [flagOf(accountId)] },
  commands: {
    CloseFraudCase: {
      description: 'Says what came of looking at a flagged account.',
      input: z.object({ accountId: z.string().min(1).max(100), outcome: z.string().min(1).max(500) }),
      rejections: ['no-open-case'],
      decide: ({ outcome }, { open }) => (open ? { type: 'FraudCaseClosed', data: { outcome } } : reject('no-open-case')),
    },
  },
})

/** The tag by which the flag of an account is found. */
export function flagOf(accountId: string): string {
  return `flagged:${accountId}`
}
