import { projection, type RecordedEvent } from 'khata'
import * as z from 'zod'
import { account } from './account.ts'

/** Who did what, when, and caused by what: one document for each event. */
export const auditTrail = projection('audit-trail', {
  from: [account],
  document: z.object({
    position: z.int(),
    accountId: z.string(),
    event: z.string(),
    principal: z.string().nullable(),
    command: z.string().nullable(),
    commandId: z.string().nullable(),
    /** The event that the command answered to. */
    causationId: z.string().nullable(),
    correlationId: z.string().nullable(),
    occurredAt: z.string(),
    recordedAt: z.string(),
  }),
  key: (event) => event.id,
  on: {
    AccountOpened: (_, event) => entry(event),
    MoneyDeposited: (_, event) => entry(event),
    MoneyWithdrawn: (_, event) => entry(event),
    WithdrawalReversed: (_, event) => entry(event),
    TransferSent: (_, event) => entry(event),
    TransferReceived: (_, event) => entry(event),
    TransferReturned: (_, event) => entry(event),
    TransferArrived: (_, event) => entry(event),
    AccountClosed: (_, event) => entry(event),
  },
  index: [['accountId', 'position'], ['principal', 'position'], 'commandId', 'correlationId', 'occurredAt'],
})

function entry(event: RecordedEvent) {
  const { principal = null, command = null, causationId = null } = event.metadata
  return {
    position: event.position,
    accountId: event.streamId,
    event: event.type,
    principal,
    command,
    commandId: event.commandId,
    causationId,
    correlationId: event.correlationId,
    occurredAt: event.occurredAt,
    recordedAt: event.recordedAt,
  }
}
