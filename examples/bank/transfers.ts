import { projection } from 'khata'
import * as z from 'zod'
import { account } from './account.ts'
import { transfer } from './transfer.ts'

/** Every transfer with where it is; `in-flight` is money that has left one account and not arrived in another. */
export const transfers = projection('transfers', {
  from: [transfer, account],
  document: z.object({
    from: z.string(),
    to: z.string(),
    amount: z.int(),
    status: z.enum(['started', 'in-flight', 'arrived', 'returned', 'completed', 'failed']),
    reason: z.string().nullable(),
    startedAt: z.string(),
    endedAt: z.string().nullable(),
  }),
  key: (event) => (event.category === 'account' ? event.data.transferId : event.streamId),
  on: {
    TransferStarted: (_, { data, occurredAt }) => ({
      ...data,
      status: 'started',
      reason: null,
      startedAt: occurredAt,
      endedAt: null,
    }),
    TransferSent: (doc) => doc && { ...doc, status: 'in-flight' },
    TransferReceived: (doc) => doc && { ...doc, status: 'arrived' },
    TransferReturned: (doc) => doc && { ...doc, status: 'returned' },
    TransferCompleted: (doc, { occurredAt }) => doc && { ...doc, status: 'completed', endedAt: occurredAt },
    TransferFailed: (doc, { data, occurredAt }) =>
      doc && { ...doc, status: 'failed', reason: data.reason, endedAt: occurredAt },
  },
  index: ['status', ['from', 'startedAt'], ['to', 'startedAt'], 'startedAt'],
})
