import { test } from 'node:test'
import { given } from 'khata/testing'
import { account } from './account.ts'
import { transfer } from './transfer.ts'
import { transferring } from './transferring.ts'

const { SendTransfer, ReceiveTransfer, ReturnTransfer, SettleTransfer } = account.commands
const { CompleteTransfer, FailTransfer } = transfer.commands

const started = transfer.to('t1', { type: 'TransferStarted', data: { from: 'A', to: 'B', amount: 60 } })
const sent = account.to('A', { type: 'TransferSent', data: { transferId: 't1', to: 'B', amount: 60, currency: 'BDT' } })
const received = account.to('B', { type: 'TransferReceived', data: { transferId: 't1', from: 'A', amount: 60 } })
const returned = account.to('A', { type: 'TransferReturned', data: { transferId: 't1', amount: 60 } })
const send = SendTransfer({ accountId: 'A', transferId: 't1', to: 'B', amount: 60 })
const receive = ReceiveTransfer({ accountId: 'B', transferId: 't1', from: 'A', amount: 60, currency: 'BDT' })

test('A transfer goes from debit over credit to completed', () => {
  given(transferring)
    .when(started)
    .expectSends(send)
    .when(sent)
    .expectSends(receive)
    .when(received)
    .expectSends(SettleTransfer({ accountId: 'A', transferId: 't1' }), CompleteTransfer({ transferId: 't1' }))
    .expectComplete()
})

test('Money that cannot arrive comes back, and the transfer has failed with the reason', () => {
  given(transferring, [started, sent])
    .rejected(receive, 'closed')
    .expectSends(ReturnTransfer({ accountId: 'A', transferId: 't1' }))
    .expectOpen()
    .when(returned)
    .expectSends(FailTransfer({ transferId: 't1', reason: 'closed', accountId: 'B' }))
    .expectComplete()
})

test('Without the money nothing moves', () => {
  given(transferring, [started])
    .rejected(send, 'insufficient-funds', { balance: 0 })
    .expectSends(FailTransfer({ transferId: 't1', reason: 'insufficient-funds', accountId: 'A' }))
    .expectComplete()
})

test('Money that was sent by hand is not carried on', () => {
  given(transferring).when(sent).expectSends().expectOpen()
})
