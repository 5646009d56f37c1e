/** Runs the bank with many transfers until all have ended or it is killed; asked to end, it closes its app first. */
import { setTimeout as pause } from 'node:timers/promises'
import { account, bank, transfer } from '@khata/example-bank'
import { khata } from 'khata'
import { accounts, plan } from './transfers-plan.ts'

const [store = '', aheadMs = '0'] = process.argv.slice(2)
// Ahead of whoever was killed before: their leases are then over, and nobody has to wait for that.
const app = await khata({ store, use: bank, clock: () => Date.now() + Number(aheadMs) })
process.stdout.write('open\n')
let closing = false
process.once('SIGTERM', async () => {
  closing = true
  await app.close()
  process.exit(0)
})

async function work(): Promise<void> {
  for (const [index, message] of accounts.entries()) {
    await app.send(message, { idempotencyKey: `account ${index}`, keepKey: true })
  }
  await Promise.all(
    plan.map(({ transferId, from, to, amount }) => {
      const started = transfer.commands.StartTransfer({ transferId, from, to, amount })
      return app.send(started, { idempotencyKey: transferId, keepKey: true })
    }),
  )
  let left = plan.length
  const ended = { types: ['TransferCompleted', 'TransferFailed'], categories: [transfer.name] }
  for await (const _ of app.events.follow(ended)) if (--left === 0) break
  // What arrived last may not be settled yet.
  for (const from of new Set(plan.map((each) => each.from))) {
    while (Object.keys((await app.load(account, from)).state.inFlight).length > 0) await pause(20)
  }
  process.stdout.write('done\n')
  await app.close()
}

await work().catch((error: unknown) => {
  if (!closing) throw error
})
