import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { khata } from 'khata'
import { catchMails } from '../../examples/accounts/demo/mail-catcher.ts'
import { accounts, user } from '../../examples/accounts/index.ts'
import { type Cleaning, until } from './running.ts'

/** The accounts business on a CRM and a mail server that answer as they are told to. */
async function start(
  t: Cleaning,
  answers: readonly (readonly [status: number, retryAfter?: string])[],
  refusal: number | null = null,
) {
  const asked: number[] = []
  const crm = createServer((request, response) => {
    const [status, retryAfter] = answers[Math.min(asked.push(performance.now()), answers.length) - 1] ?? [204]
    request.resume()
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter }).end()
  }).listen(0, '127.0.0.1')
  await once(crm, 'listening')
  const mail = await catchMails()
  mail.refusal = refusal
  const { port } = crm.address() as AddressInfo
  const retry = { attempts: 3, firstDelayMs: 10 }
  const business = accounts({
    smtpUrl: () => mail.url,
    crm: () => ({ url: `http://127.0.0.1:${port}`, secret: 'whsec_AAAA' }),
    mailRetry: retry,
    crmRetry: retry,
  })
  const app = await khata({ store: 'sqlite::memory:', use: business.parts })
  t.after(async () => {
    await app.close()
    business.close()
    crm.close()
    crm.closeAllConnections()
    await mail.close()
  })
  await app.send(user.commands.SignUp({ userId: 'u1', email: 'asha@example.com', emailHash: 'h', name: 'Asha' }))
  return { app, asked, mails: mail.mails }
}

test('A CRM that refuses a web hook for good makes it a dead letter at once', async (t) => {
  const { app, asked } = await start(t, [[422]])
  await until('parked', async () => (await app.reactions.status('crm')).parked === 1)
  const [letter] = (await app.reactions.deadLetters({ consumer: 'crm' })).items
  assert.deepEqual([letter?.attempts, letter?.error, asked.length], [1, 'the CRM said 422', 1])
})

test('A CRM that says when to come back is asked then, and one that fails is asked again', async (t) => {
  const { app, asked } = await start(t, [[429, '1'], [500], [204]])
  await until('done', async () => asked.length === 3 && (await app.reactions.status('crm')).retrying === 0)
  assert.ok((asked[1] as number) - (asked[0] as number) >= 990)
  assert.deepEqual((await app.reactions.deadLetters()).items, [])
})

test('A web hook is not sent on to where the CRM redirects it', async (t) => {
  const { app } = await start(t, [[307]])
  await until('parked', async () => (await app.reactions.status('crm')).parked === 1)
})

test('A mailbox that does not exist makes a dead letter at once, one that is full is tried again', async (t) => {
  const none = await start(t, [[204]], 550)
  await until('parked', async () => (await none.app.reactions.status('welcome-mail')).parked === 1)
  const [letter] = (await none.app.reactions.deadLetters({ consumer: 'welcome-mail' })).items
  assert.equal(letter?.attempts, 1)
  assert.match(letter?.error ?? '', /No such mailbox/)
  const full = await start(t, [[204]], 452)
  await until('parked', async () => (await full.app.reactions.status('welcome-mail')).parked === 1)
  assert.equal((await full.app.reactions.deadLetters({ consumer: 'welcome-mail' })).items[0]?.attempts, 3)
  assert.equal(none.mails.length + full.mails.length, 0)
})
