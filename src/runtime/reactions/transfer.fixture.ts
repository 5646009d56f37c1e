/** A transfer between purses as a process: debit, credit, or the debit given back. */
import * as z from 'zod'
import { aggregate, process, reject } from '../../index.ts'
import { purse } from '../ledger.fixture.ts'

const amount = z.int().positive()

/** A purse that takes money only while it is open. */
export const till = aggregate('till', {
  id: 'tillId',
  events: { TillOpened: z.object({}), Credited: z.object({ amount }) },
  initial: { open: false, balance: 0 },
  evolve: {
    TillOpened: (state) => ({ ...state, open: true }),
    Credited: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
  },
  commands: {
    OpenTill: { input: z.object({ tillId: z.string() }), decide: () => ({ type: 'TillOpened', data: {} }) },
    Credit: {
      input: z.object({ tillId: z.string(), amount }),
      decide: ({ amount }, { open }) => (open ? { type: 'Credited', data: { amount } } : reject('till-closed')),
    },
  },
})

export const transfer = aggregate('transfer', {
  id: 'transferId',
  events: {
    TransferStarted: z.object({ from: z.string(), to: z.string(), amount }),
    TransferEnded: z.object({ result: z.enum(['completed', 'failed', 'late']) }),
  },
  initial: { status: 'none' as 'none' | 'started' | 'ended' },
  evolve: { TransferStarted: () => ({ status: 'started' }), TransferEnded: () => ({ status: 'ended' }) },
  commands: {
    StartTransfer: {
      input: z.object({ transferId: z.string(), from: z.string(), to: z.string(), amount }),
      decide: ({ transferId: _, ...data }, { status }) =>
        status === 'none' ? { type: 'TransferStarted', data } : reject('started'),
    },
    EndTransfer: {
      input: z.object({ transferId: z.string(), result: z.enum(['completed', 'failed', 'late']) }),
      decide: ({ result }, { status }) =>
        status === 'started' ? { type: 'TransferEnded', data: { result } } : reject('ended'),
    },
  },
})

const steps = { from: '', to: '', amount: 0, stage: 'new' as 'new' | 'moving' | 'returning' | 'done' }

/** The process; `lateAfterMs` is its deadline. */
export const moving = (lateAfterMs = 60_000) =>
  process('moving', {
    from: [transfer],
    initial: steps,
    correlate: (event) => event.streamId,
    on: {
      TransferStarted: (_, { data }, { id }) => ({
        state: { from: data.from, to: data.to, amount: data.amount, stage: 'moving' },
        send: [
          purse.commands.Take({ purseId: data.from, amount: data.amount }),
          till.commands.Credit({ tillId: data.to, amount: data.amount }),
          transfer.commands.EndTransfer({ transferId: id, result: 'completed' }),
        ],
        deadline: { late: { afterMs: lateAfterMs } },
      }),
      TransferEnded: () => ({ complete: true }),
    },
    deadlines: {
      late: (state, { id }) => ({
        state: { ...state, stage: 'done' },
        send: transfer.commands.EndTransfer({ transferId: id, result: 'late' }),
        complete: true,
      }),
    },
    rejected: (state, { command }, { id }) => {
      if (command === 'Take') {
        return { send: transfer.commands.EndTransfer({ transferId: id, result: 'failed' }), state: { ...state, stage: 'done' } }
      }
      if (command === 'Credit') {
        return {
          state: { ...state, stage: 'returning' },
          send: [
            purse.commands.Add({ purseId: state.from, amount: state.amount }),
            transfer.commands.EndTransfer({ transferId: id, result: 'failed' }),
          ],
        }
      }
      return null
    },
    retry: { attempts: 3, firstDelayMs: 10 },
  })
