import { process } from 'khata'
import { account } from './account.ts'
import { transfer } from './transfer.ts'

const { SendTransfer, ReceiveTransfer, ReturnTransfer, SettleTransfer } = account.commands
const { CompleteTransfer, FailTransfer } = transfer.commands

/**
 * Carries transfers out: money leaves one account, arrives in the other, done. When it cannot arrive, it comes back, and
 * the transfer has failed. Between leaving and arriving the money is in flight: it is never nowhere, and never twice.
 */
export const transferring = process('transferring', {
  from: [transfer, account],
  initial: { from: '', to: '', amount: 0, refused: '' },
  correlate: (event) => (event.type === 'TransferStarted' ? event.streamId : event.data.transferId),
  on: {
    TransferStarted: (_, { data: { from, to, amount } }, { id }) => ({
      state: { from, to, amount, refused: '' },
      send: SendTransfer({ accountId: from, transferId: id, to, amount }),
    }),
    TransferSent: ({ from, to, amount }, { data: { currency } }, { id }) =>
      // Empty: sent by hand, for no transfer that was started here.
      from === '' ? null : { send: ReceiveTransfer({ accountId: to, transferId: id, from, amount, currency }) },
    TransferReceived: ({ from }, _, { id }) => ({
      send: [SettleTransfer({ accountId: from, transferId: id }), CompleteTransfer({ transferId: id })],
      complete: true,
    }),
    TransferReturned: ({ to, refused }, _, { id }) => ({
      send: FailTransfer({ transferId: id, reason: refused, accountId: to }),
      complete: true,
    }),
  },
  rejected: (state, { command, code }, { id }) => {
    if (command === 'SendTransfer') {
      return { send: FailTransfer({ transferId: id, reason: code, accountId: state.from }), complete: true }
    }
    if (command !== 'ReceiveTransfer') return null
    return { state: { ...state, refused: code }, send: ReturnTransfer({ accountId: state.from, transferId: id }) }
  },
})
