/** Customers of the bank, who try again at another process when one does not answer, with the same idempotency key. */
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

/** What the customers did. */
export interface Load {
  /** Commands that were acknowledged. */
  readonly done: number
  /** Commands that were sent again because nobody had answered. */
  readonly repeated: number
  /** The longest time in which no command was acknowledged, in milliseconds, since the last look. */
  longestSilence(): number
  /** The token of the newest receipt. */
  readonly token: string
  /** Money that was put in, by acknowledged commands. */
  readonly deposited: number
  readonly accounts: readonly string[]
  readonly transfers: readonly string[]
  /** Ends; each customer finishes its command. Throws when one was refused. */
  stop(): Promise<void>
}

const retryMs = 50
const answerMs = 10_000

/** Starts customers; `urls` is asked for each try. */
export async function startLoad(urls: () => readonly string[], customers: number): Promise<Load> {
  const accounts = Array.from({ length: customers }, (_, number) => `ACC-${number + 1}`)
  const transfers: string[] = []
  let [done, repeated, deposited, silence, lastDone] = [0, 0, 0, 0, performance.now()]
  let token = ''
  let stopping = false
  let turn = 0

  const send = async (command: string, input: object): Promise<void> => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() }
    for (;;) {
      const all = urls()
      const url = all[turn++ % all.length]
      const signal = AbortSignal.timeout(answerMs)
      const request = { method: 'POST', headers, body: JSON.stringify(input), signal }
      const response = await fetch(`${url}/api/commands/${command}`, request).catch(() => null)
      const answer = response && (await response.json().catch(() => null))
      if (response?.status === 200 && answer) {
        token = (answer as { token: string }).token
        done++
        silence = Math.max(silence, performance.now() - lastDone)
        lastDone = performance.now()
        return
      }
      if (response && answer && response.status !== 503) {
        throw new Error(`${command} ${JSON.stringify(input)} was refused with ${response.status}: ${JSON.stringify(answer)}`)
      }
      repeated++
      await pause(retryMs)
    }
  }

  for (const accountId of accounts) await send('OpenAccount', { accountId, owner: `Owner of ${accountId}`, currency: 'BDT' })
  const live = async (accountId: string, number: number): Promise<void> => {
    for (let count = 0; !stopping; count++) {
      await send('Deposit', { accountId, amount: 100 })
      deposited += 100
      if (count % 20 === 19) {
        const transferId = randomUUID()
        transfers.push(transferId)
        const to = accounts[(number + 1) % customers] as string
        await send('StartTransfer', { transferId, from: accountId, to, amount: 30 })
      }
      await pause(20)
    }
  }
  const living = Promise.all(accounts.map(live))
  living.catch(() => {})
  return {
    get done() {
      return done
    },
    get repeated() {
      return repeated
    },
    get token() {
      return token
    },
    get deposited() {
      return deposited
    },
    accounts,
    transfers,
    longestSilence() {
      const longest = Math.max(silence, performance.now() - lastDone)
      silence = 0
      return longest
    },
    async stop() {
      stopping = true
      await living
    },
  }
}
