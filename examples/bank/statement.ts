import { projection, query, type RecordedEvent } from 'khata'
import * as z from 'zod'
import { account } from './account.ts'

/**
 * The lines behind `statement`. An account may have any number of lines, so each is a document of its own; but a
 * document is folded from its own events only, and a running balance depends on all lines before. Hence two documents
 * for each event, made by one rule: `line …` is folded from one event and its `sum` is what that line changed;
 * `account …` is folded from all of them, so its `sum` is the balance after its newest line. The query starts there
 * and walks back.
 */
export const statementLines = projection('statement-lines', {
  from: [account],
  document: z.object({
    /** Null in the document of the whole account, so that it is not found among the lines. */
    accountId: z.string().nullable(),
    version: z.int(),
    at: z.string(),
    what: z.enum(['opened', 'deposit', 'withdrawal', 'reversal', 'transfer', 'closed']),
    change: z.int(),
    sum: z.int(),
  }),
  key: (event) => [accountKey(event.streamId), `line ${event.streamId} ${event.version}`],
  on: {
    AccountOpened: (doc, event, key) => line(doc, event, key, 'opened', 0),
    MoneyDeposited: (doc, event, key) => line(doc, event, key, 'deposit', event.data.amount),
    MoneyWithdrawn: (doc, event, key) => line(doc, event, key, 'withdrawal', -event.data.amount),
    WithdrawalReversed: (doc, event, key) => line(doc, event, key, 'reversal', event.data.amount),
    TransferSent: (doc, event, key) => line(doc, event, key, 'transfer', -event.data.amount),
    TransferReceived: (doc, event, key) => line(doc, event, key, 'transfer', event.data.amount),
    TransferReturned: (doc, event, key) => line(doc, event, key, 'transfer', event.data.amount),
    AccountClosed: (doc, event, key) => line(doc, event, key, 'closed', 0),
  },
  index: [['accountId', 'version']],
})

/** Where a page of a statement begins: the version of its newest line and the balance after it. */
const cursor = z.string().regex(/^\d{1,16}:\d{1,16}$/, 'not a cursor of a statement')

/** An account's lines with the balance after each, newest first. */
export const statement = query('statement', {
  description: "An account's lines with the balance after each, newest first.",
  input: z.object({
    accountId: z.string(),
    limit: z.coerce.number().int().min(1).max(1000).default(100),
    cursor: cursor.optional(),
  }),
  views: [statementLines],
  answer: async ({ accountId, limit, cursor }, { view }) => {
    const start = cursor ? startOf(cursor) : await view(statementLines).get(accountKey(accountId))
    if (!start) return { accountId, lines: [], next: null }
    const { items } = await view(statementLines).find({
      where: { accountId, version: { lte: start.version } },
      order: '-version',
      limit,
    })
    let balance = start.sum
    const lines = items.map(({ document: { version, at, what, change } }) => {
      const shown = { version, at, what, change, balance }
      balance -= change
      return shown
    })
    const oldest = lines.at(-1)?.version ?? 1
    return { accountId, lines, next: oldest > 1 ? `${oldest - 1}:${balance}` : null }
  },
})

function accountKey(accountId: string): string {
  return `account ${accountId}`
}

function startOf(cursor: string): { readonly version: number; readonly sum: number } {
  const [version, sum] = cursor.split(':').map(Number)
  return { version: version ?? 0, sum: sum ?? 0 }
}

function line<What extends string>(
  before: { readonly sum: number } | null,
  { streamId, version, occurredAt }: RecordedEvent,
  key: string,
  what: What,
  change: number,
) {
  const accountId = key === accountKey(streamId) ? null : streamId
  return { accountId, version, at: occurredAt, what, change, sum: (before?.sum ?? 0) + change }
}
