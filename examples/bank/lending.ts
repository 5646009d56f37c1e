import { process } from 'khata'
import { account } from './account.ts'
import { loan } from './loan.ts'

const { Deposit, Withdraw } = account.commands
const { DisburseLoan, CancelLoan, BookRepayment, DeclineRepayment, MarkLoanLate } = loan.commands

/**
 * Moves the money of loans: into the account when a loan is approved, out of it for each repayment, and a word when the
 * term is over. Money first, then the loan's own record of it: a loan never says more than what happened.
 */
export const lending = process('lending', {
  from: [loan],
  initial: { accountId: '', amount: 0, termMs: 0 },
  correlate: (event) => event.streamId,
  on: {
    LoanApplied: (_, { data: { accountId, amount, termSeconds } }) => ({
      state: { accountId, amount, termMs: termSeconds * 1_000 },
    }),
    LoanApproved: ({ accountId, amount }, _, { id }) => ({
      send: [Deposit({ accountId, amount }), DisburseLoan({ loanId: id })],
    }),
    LoanDisbursed: ({ termMs }) => ({ deadline: { term: { afterMs: termMs } } }),
    RepaymentRequested: ({ accountId }, { data: { amount } }, { id }) => ({
      send: [Withdraw({ accountId, amount }), BookRepayment({ loanId: id })],
    }),
    LoanRefused: () => ({ complete: true }),
    LoanCancelled: () => ({ complete: true }),
    LoanSettled: () => ({ complete: true }),
  },
  deadlines: {
    term: (_, { id }) => ({ send: MarkLoanLate({ loanId: id }) }),
  },
  rejected: (_, { command, code }, { id }) => {
    if (command === 'Deposit') return { send: CancelLoan({ loanId: id, reason: code }) }
    if (command === 'Withdraw') return { send: DeclineRepayment({ loanId: id, reason: code }) }
    return null
  },
})
