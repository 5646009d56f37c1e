import { test } from 'node:test'
import { given } from 'khata/testing'
import { account } from './account.ts'
import { lending } from './lending.ts'
import { loan } from './loan.ts'

const { Deposit, Withdraw } = account.commands
const { DisburseLoan, CancelLoan, BookRepayment, DeclineRepayment, MarkLoanLate } = loan.commands

const loanId = 'L-1'
const application = { accountId: 'A', amount: 1_000, termSeconds: 3_600 }
const applied = { type: 'LoanApplied', data: application } as const
const approved = { type: 'LoanApproved', data: {} } as const
const disbursed = { type: 'LoanDisbursed', data: {} } as const
const requested = (amount: number) => ({ type: 'RepaymentRequested', data: { amount } }) as const
const repaid = (amount: number, outstanding: number) => ({ type: 'LoanRepaid', data: { amount, outstanding } }) as const
const settled = { type: 'LoanSettled', data: {} } as const
const of = (...events: readonly Parameters<typeof loan.to>[1][]) => events.map((event) => loan.to(loanId, event))

test('A loan is applied for, approved or refused, once', () => {
  given(loan)
    .when('ApplyForLoan', { loanId, ...application })
    .expect(applied)
  given(loan, [applied])
    .when('ApplyForLoan', { loanId, ...application })
    .expectRejection('already-applied')
  given(loan, [applied]).when('ApproveLoan', { loanId }).expect(approved)
  given(loan, [applied, approved])
    .when('RefuseLoan', { loanId, reason: 'too late' })
    .expectRejection('wrong-step', { state: 'approved' })
})

test('Repayments come one at a time, and the last one settles the loan', () => {
  const past = [applied, approved, disbursed]
  given(loan, past).when('RepayLoan', { loanId, amount: 400 }).expect(requested(400))
  given(loan, past)
    .when('RepayLoan', { loanId, amount: 1_001 })
    .expectRejection('more-than-outstanding', { outstanding: 1_000 })
  given(loan, [...past, requested(400)])
    .when('RepayLoan', { loanId, amount: 1 })
    .expectRejection('repayment-pending')
  given(loan, [...past, requested(400)])
    .when('BookRepayment', { loanId })
    .expect(repaid(400, 600))
  const almost = [...past, requested(400), repaid(400, 600), requested(600)]
  given(loan, almost).when('BookRepayment', { loanId }).expect(repaid(600, 0), settled)
  given(loan, [...past, requested(400)])
    .when('DeclineRepayment', { loanId, reason: 'insufficient-funds' })
    .expect({ type: 'RepaymentDeclined', data: { amount: 400, reason: 'insufficient-funds' } })
  given(loan, [...almost, repaid(600, 0), settled])
    .when('MarkLoanLate', { loanId })
    .expect()
})

test('An approved loan is paid out, or cancelled when there is no account to pay it into', () => {
  given(lending, of(applied))
    .when(loan.to(loanId, approved))
    .expectSends(Deposit({ accountId: 'A', amount: 1_000 }), DisburseLoan({ loanId }))
    .rejected(Deposit({ accountId: 'A', amount: 1_000 }), 'not-open')
    .expectSends(CancelLoan({ loanId, reason: 'not-open' }))
    .when(loan.to(loanId, { type: 'LoanCancelled', data: { reason: 'not-open' } }))
    .expectComplete()
})

test('A repayment is booked when the money has left the account, and declined when it does not', () => {
  given(lending, of(applied, approved, disbursed))
    .when(loan.to(loanId, requested(400)))
    .expectSends(Withdraw({ accountId: 'A', amount: 400 }), BookRepayment({ loanId }))
    .rejected(Withdraw({ accountId: 'A', amount: 400 }), 'insufficient-funds')
    .expectSends(DeclineRepayment({ loanId, reason: 'insufficient-funds' }))
})

test('A loan is late when its term is over, and never once it is settled', () => {
  given(lending, of(applied, approved))
    .when(loan.to(loanId, disbursed))
    .expectDeadline('term', { afterMs: 3_600_000 })
    .after(3_599_999)
    .expectSends()
    .after(1)
    .expectSends(MarkLoanLate({ loanId }))
    .expectNoDeadline('term')
  given(lending, of(applied, approved, disbursed, requested(1_000), repaid(1_000, 0)))
    .when(loan.to(loanId, settled))
    .expectComplete()
    .expectNoDeadline('term')
    .after(10_000_000)
    .expectSends()
})
