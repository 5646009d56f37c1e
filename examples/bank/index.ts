import { account } from './account.ts'
import { auditTrail } from './audit-trail.ts'
import { balances } from './balances.ts'
import { fraudCase } from './fraud-case.ts'
import { flaggedAccounts, fraudWatch } from './fraud-watch.ts'
import { lending } from './lending.ts'
import { loan } from './loan.ts'
import { loans } from './loans.ts'
import { statement, statementLines } from './statement.ts'
import { transfer } from './transfer.ts'
import { transferring } from './transferring.ts'
import { transfers } from './transfers.ts'

export {
  account,
  auditTrail,
  balances,
  flaggedAccounts,
  fraudCase,
  fraudWatch,
  lending,
  loan,
  loans,
  statement,
  statementLines,
  transfer,
  transferring,
  transfers,
}

/** The parts of the bank, for `khata({ use: bank })`. */
export const bank = [
  account,
  balances,
  statementLines,
  statement,
  auditTrail,
  transfer,
  transferring,
  transfers,
  fraudWatch,
  fraudCase,
  flaggedAccounts,
  loan,
  lending,
  loans,
] as const

/** Commands that only the bank's own flows should send: by hand they would make money, or lose it. */
export const stepsOfBank: ReadonlySet<string> = new Set([
  ...['SendTransfer', 'ReceiveTransfer', 'ReturnTransfer', 'SettleTransfer', 'CompleteTransfer', 'FailTransfer'],
  ...['DisburseLoan', 'CancelLoan', 'BookRepayment', 'DeclineRepayment', 'MarkLoanLate', 'FlagAccount'],
])
