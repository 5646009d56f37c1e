/** The one event that every contender writes: 200 bytes of data, 100 of metadata. */
export type Deposited = {
  readonly accountId: string
  readonly amount: number
  readonly note: string
}

const noteLength = 200 - JSON.stringify({ accountId: 'account-0000', amount: 1, note: '' }).length
const note = 'n'.repeat(noteLength)
const agent = 'a'.repeat(100 - JSON.stringify({ principal: 'user-000001', agent: '' }).length)

/** The name of account number `i`, always of the same length. */
export function accountName(i: number): string {
  return `account-${String(i).padStart(4, '0')}`
}

/** 200 bytes of data as JSON. */
export function depositedData(account: string): Deposited {
  return { accountId: account, amount: 1, note }
}

/** 100 bytes of metadata as JSON. */
export const metadata = { principal: 'user-000001', agent }

/** Accounts in the measurements with many streams. */
export const accountCount = 1_000

/** Callers in the measurements with many at once. */
export const callerCount = 64

/**
 * The account of a caller's turn. Callers never share an account, because a conflict would not measure speed: one of
 * the contenders leaves a stream unusable after a refused append.
 */
export function accountOf(caller: number, turn: number): string {
  const share = Math.floor(accountCount / callerCount)
  return accountName(caller * share + (turn % share))
}

/** The version of a caller's account before a turn in which it appends `batch` events. */
export function versionAt(turn: number, batch: number): number {
  return Math.floor(turn / Math.floor(accountCount / callerCount)) * batch
}

/** The state that events are folded to. */
export interface Balance {
  readonly balance: number
  readonly count: number
}

/** Before the first event. */
export const noBalance: Balance = { balance: 0, count: 0 }

/** The state after a deposit. */
export function addDeposit(state: Balance, data: Deposited): Balance {
  return { balance: state.balance + data.amount, count: state.count + 1 }
}
