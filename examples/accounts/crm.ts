import { park, type RetryPolicy, reactor, retryAfter } from 'khata'
import { webHookOf } from './outside/web-hook.ts'
import { user } from './user.ts'

/** Where the CRM is told, and the secret that it knows us by. */
export interface CrmAddress {
  readonly url: string
  readonly secret: string
}

/**
 * Tells the CRM about users, by a signed web hook.
 *
 * @param address asked for when there is something to tell
 */
export function crm(address: () => CrmAddress, retry: RetryPolicy = {}) {
  const tell = async (message: object, id: string, now: Date, signal: AbortSignal) => {
    const { url, secret } = address()
    const { headers, body } = webHookOf(secret, id, now, message)
    const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' })
    await answer.body?.cancel()
    if (answer.ok) return
    const seconds = Number(answer.headers.get('retry-after'))
    if (seconds > 0) return retryAfter(Math.min(seconds, 3_600) * 1_000, `the CRM said ${answer.status}, come back later`)
    // What is refused as it is will be refused again; only 408 and 429 are about the moment.
    const forGood = answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429
    if (forGood) return park(`the CRM said ${answer.status}`)
    throw new Error(`The CRM said ${answer.status}.`)
  }
  return reactor('crm', {
    from: [user],
    on: {
      UserSignedUp: ({ streamId, data: { email, name }, occurredAt }, { idempotencyKey, now, signal }) =>
        tell(
          { type: 'user.signed-up', timestamp: occurredAt, data: { userId: streamId, email, name } },
          idempotencyKey,
          now,
          signal,
        ),
      ProfileChanged: ({ streamId, data: { name }, occurredAt }, { idempotencyKey, now, signal }) =>
        tell({ type: 'user.changed', timestamp: occurredAt, data: { userId: streamId, name } }, idempotencyKey, now, signal),
    },
    retry,
    concurrency: 50,
  })
}
