/** Signed web hooks, by the Standard Webhooks specification: whoever gets one can tell who sent it, and when. */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** A web hook as it goes over the wire. */
export interface WebHook {
  readonly headers: {
    readonly 'content-type': 'application/json'
    readonly 'webhook-id': string
    readonly 'webhook-timestamp': string
    readonly 'webhook-signature': string
  }
  readonly body: string
}

const toleranceSeconds = 300

/**
 * Makes a web hook of a message.
 * @param secret `whsec_` and the key in base64
 * @param id the same for each attempt, so that the receiver can tell a repeated one
 */
export function webHookOf(secret: string, id: string, at: Date, message: object): WebHook {
  const body = JSON.stringify(message)
  const timestamp = String(Math.floor(at.getTime() / 1_000))
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signatureOf(secret, id, timestamp, body)}`,
    },
    body,
  }
}

/** Whether a web hook was signed with the secret, a short while ago. */
export function isGenuine(
  secret: string,
  headers: { readonly [name: string]: string | readonly string[] | undefined },
  body: string,
  now: Date,
): boolean {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => headers[name])
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') return false
  if (!(Math.abs(now.getTime() / 1_000 - Number(timestamp)) <= toleranceSeconds)) return false
  const expected = Buffer.from(signatureOf(secret, id, timestamp, body))
  // There are several while a secret is being changed.
  return signatures.split(' ').some((each) => {
    const given = Buffer.from(each.replace(/^v1,/, ''))
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
}
