import { aggregate, reject } from 'khata'
import * as z from 'zod'

const id = z.string().min(1).max(100)
const amount = z.int().positive()
const reason = z.string().min(1).max(500)
const byId = z.object({ loanId: id })

/** What a loan's rules depend on. */
interface LoanState {
  readonly status: 'none' | 'applied' | 'approved' | 'disbursed' | 'settled' | 'refused' | 'cancelled'
  readonly outstanding: number
  readonly late: boolean
  /** A repayment that was asked for and is not booked yet. */
  readonly pending: number | null
}

/** A loan from application to the last repayment. `lending` moves its money. */
export const loan = aggregate('loan', {
  id: 'loanId',
  events: {
    LoanApplied: z.object({ accountId: z.string(), amount, termSeconds: z.int() }),
    LoanApproved: z.object({}),
    LoanRefused: z.object({ reason }),
    LoanDisbursed: z.object({}),
    LoanCancelled: z.object({ reason }),
    RepaymentRequested: z.object({ amount }),
    RepaymentDeclined: z.object({ amount, reason }),
    LoanRepaid: z.object({ amount, outstanding: z.int() }),
    LoanLate: z.object({ outstanding: z.int() }),
    LoanSettled: z.object({}),
  },
  initial: { status: 'none', outstanding: 0, late: false, pending: null } as LoanState,
  evolve: {
    LoanApplied: (state, { amount }) => ({ ...state, status: 'applied', outstanding: amount }),
    LoanApproved: (state) => ({ ...state, status: 'approved' }),
    LoanRefused: (state) => ({ ...state, status: 'refused', outstanding: 0 }),
    LoanDisbursed: (state) => ({ ...state, status: 'disbursed' }),
    LoanCancelled: (state) => ({ ...state, status: 'cancelled', outstanding: 0 }),
    RepaymentRequested: (state, { amount }) => ({ ...state, pending: amount }),
    RepaymentDeclined: (state) => ({ ...state, pending: null }),
    LoanRepaid: (state, { outstanding }) => ({ ...state, pending: null, outstanding }),
    LoanLate: (state) => ({ ...state, late: true }),
    LoanSettled: (state) => ({ ...state, status: 'settled' }),
  },
  commands: {
    ApplyForLoan: {
      description: 'Asks for a loan, to be repaid within `termSeconds` of its disbursement.',
      input: z.object({ loanId: id, accountId: id, amount, termSeconds: z.int().positive().max(3_000_000_000) }),
      rejections: ['already-applied'],
      decide: ({ loanId: _, ...data }, { status }) =>
        status === 'none' ? { type: 'LoanApplied', data } : reject('already-applied'),
    },
    ApproveLoan: {
      input: byId,
      rejections: ['wrong-step'],
      decide: (_, { status }) => wrong(status, 'applied') ?? { type: 'LoanApproved', data: {} },
    },
    RefuseLoan: {
      input: z.object({ loanId: id, reason }),
      rejections: ['wrong-step'],
      decide: ({ reason }, { status }) => wrong(status, 'applied') ?? { type: 'LoanRefused', data: { reason } },
    },
    DisburseLoan: {
      description: 'Sent by `lending` when the money is in the account.',
      input: byId,
      rejections: ['wrong-step'],
      decide: (_, { status }) => wrong(status, 'approved') ?? { type: 'LoanDisbursed', data: {} },
    },
    CancelLoan: {
      description: 'Sent by `lending` when the money cannot be paid out.',
      input: z.object({ loanId: id, reason }),
      rejections: ['wrong-step'],
      decide: ({ reason }, { status }) => wrong(status, 'approved') ?? { type: 'LoanCancelled', data: { reason } },
    },
    RepayLoan: {
      description: "Asks for a repayment out of the loan's account.",
      input: z.object({ loanId: id, amount }),
      rejections: ['wrong-step', 'repayment-pending', 'more-than-outstanding'],
      decide: ({ amount }, { status, outstanding, pending }) => {
        if (status !== 'disbursed') return reject('wrong-step', { state: status })
        if (pending !== null) return reject('repayment-pending', { amount: pending })
        if (amount > outstanding) return reject('more-than-outstanding', { outstanding })
        return { type: 'RepaymentRequested', data: { amount } }
      },
    },
    BookRepayment: {
      description: 'Sent by `lending` when the money has left the account.',
      input: byId,
      rejections: ['no-repayment'],
      decide: (_, { outstanding, pending }) => {
        if (pending === null) return reject('no-repayment')
        const left = outstanding - pending
        const repaid = { type: 'LoanRepaid', data: { amount: pending, outstanding: left } } as const
        return left > 0 ? repaid : [repaid, { type: 'LoanSettled', data: {} }]
      },
    },
    DeclineRepayment: {
      description: 'Sent by `lending` when the account does not give the money.',
      input: z.object({ loanId: id, reason }),
      rejections: ['no-repayment'],
      decide: ({ reason }, { pending }) =>
        pending === null ? reject('no-repayment') : { type: 'RepaymentDeclined', data: { amount: pending, reason } },
    },
    MarkLoanLate: {
      description: 'Sent by `lending` when the term is over.',
      input: byId,
      decide: (_, { status, late, outstanding }) =>
        status === 'disbursed' && !late ? { type: 'LoanLate', data: { outstanding } } : null,
    },
  },
})

function wrong(state: LoanState['status'], allowed: LoanState['status']) {
  return state === allowed ? null : reject('wrong-step', { state })
}
