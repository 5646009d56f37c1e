import assert from 'node:assert/strict'
import { account, bank } from '@khata/example-bank'
import { khata } from 'khata'
import type { Engine } from 'khata/ports'

/**
 * Holds money in accounts, money in flight, and what came in from outside together after each event of a store's log.
 * Answers how each transfer ended; `planned` are their amounts.
 */
export async function checkEveryPosition(
  store: string | Engine,
  planned: ReadonlyMap<string, number>,
): Promise<Map<string, string>> {
  await using app = await khata({ store, use: bank, runReactions: false, clock: () => Date.now() + 3_600_000 })
  const balances = new Map<string, number>()
  const inFlight = new Map<string, number>()
  const ends = new Map<string, string>()
  let fromOutside = 0
  const move = (accountId: string, amount: number) => balances.set(accountId, (balances.get(accountId) ?? 0) + amount)
  const fly = (transferId: string, amount: number) => inFlight.set(transferId, (inFlight.get(transferId) ?? 0) + amount)
  const sum = (amounts: Iterable<number>) => [...amounts].reduce((total, amount) => total + amount, 0)

  const { position: head } = await app.events.head()
  for await (const { event } of app.events.follow()) {
    const { type, streamId } = event
    const data = event.data as { amount: number; transferId: string; reason?: string }
    if (type === 'MoneyDeposited') {
      move(streamId, data.amount)
      fromOutside += data.amount
    } else if (type === 'TransferSent') {
      move(streamId, -data.amount)
      fly(data.transferId, data.amount)
    } else if (type === 'TransferReceived' || type === 'TransferReturned') {
      move(streamId, data.amount)
      fly(data.transferId, -data.amount)
    } else if (type === 'TransferCompleted' || type === 'TransferFailed') {
      assert.ok(!ends.has(streamId), `${streamId} ended twice`)
      ends.set(streamId, data.reason ?? 'completed')
    }
    assert.equal(sum(balances.values()) + sum(inFlight.values()), fromOutside, `money at position ${event.position}`)
    for (const [id, amount] of inFlight) assert.ok([0, planned.get(id)].includes(amount), `${id}: ${amount} in flight`)
    for (const [id, balance] of balances) assert.ok(balance >= 0, `${id}: ${balance}`)
    if (event.position === head) break
  }
  assert.equal(sum(inFlight.values()), 0)
  for (const [id, balance] of balances) {
    const { state } = await app.load(account, id)
    assert.deepEqual([state.balance, state.inFlight], [balance, {}])
  }
  return ends
}
