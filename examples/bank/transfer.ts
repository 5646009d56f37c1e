import { aggregate, reject } from 'khata'
import * as z from 'zod'

const id = z.string().min(1).max(100)
const amount = z.int().positive()

/** Where a transfer is. */
interface TransferState {
  readonly status: 'none' | 'started' | 'completed' | 'failed'
}

/** Money on its way from one account to another. The accounts hold the money; this holds what was asked and what became of it. */
export const transfer = aggregate('transfer', {
  id: 'transferId',
  events: {
    TransferStarted: z.object({ from: z.string(), to: z.string(), amount }),
    TransferCompleted: z.object({}),
    TransferFailed: z.object({ reason: z.string(), accountId: z.string() }),
  },
  initial: { status: 'none' } as TransferState,
  evolve: {
    TransferStarted: () => ({ status: 'started' }),
    TransferCompleted: () => ({ status: 'completed' }),
    TransferFailed: () => ({ status: 'failed' }),
  },
  commands: {
    StartTransfer: {
      description: 'Asks for a transfer. Whether it succeeds is seen in the view `transfers`, a moment later.',
      input: z.object({ transferId: id, from: id, to: id, amount }),
      rejections: ['already-started', 'same-account'],
      decide: ({ from, to, amount }, { status }) => {
        if (status !== 'none') return reject('already-started')
        if (from === to) return reject('same-account')
        return { type: 'TransferStarted', data: { from, to, amount } }
      },
    },
    CompleteTransfer: {
      input: z.object({ transferId: id }),
      rejections: ['not-started'],
      decide: (_, { status }) => (status === 'started' ? { type: 'TransferCompleted', data: {} } : reject('not-started')),
    },
    FailTransfer: {
      input: z.object({ transferId: id, reason: z.string().max(100), accountId: id }),
      rejections: ['not-started'],
      decide: ({ reason, accountId }, { status }) =>
        status === 'started' ? { type: 'TransferFailed', data: { reason, accountId } } : reject('not-started'),
    },
  },
})
