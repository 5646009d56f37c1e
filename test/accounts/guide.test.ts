import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { start, temporaryFolder } from '../cli/run.ts'
import { until } from './running.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())

test('What the guide says about breaking it yourself is what happens: retries, a dead letter, repair, the mail', async () => {
  const server = start(['start'], {
    environment: { KHATA_STORE: `sqlite:${folder.file('demo.db')}`, PORT: '0', ACCOUNTS_FOLDER: folder.file('accounts') },
  })
  const [guide] = await server.until(/[\s\S]*Ctrl-C/)
  const calls = (guide.match(/curl .*/g) ?? []).slice(3)
  const ask = async (call: string | undefined, change: (url: string) => string = (url) => url) => {
    const [, url = ''] = /(http:\S+)/.exec(call ?? '') ?? []
    const body = /-d '(.*)'/.exec(call ?? '')?.[1] ?? null
    const method = body !== null || call?.includes('-X POST') ? 'POST' : 'GET'
    const headers: Record<string, string> = body === null ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(change(url), { method, headers, ...(body === null ? {} : { body }) })
    return { status: answer.status, body: (await answer.json().catch(() => null)) as any }
  }
  const [down, signUp, letters, up, retry] = calls
  assert.equal((await ask(down)).body.down, true)
  assert.equal((await ask(signUp)).status, 201)
  const parked = async () => (await ask(letters)).body.deadLetters.find(({ state }: { state: string }) => state === 'parked')
  await until('a dead letter', async () => (await parked()) !== undefined)
  const letter = await parked()
  assert.match(letter.error, /down for maintenance/)
  assert.equal((await ask(up)).body.down, false)
  assert.ok((await ask(retry, (url) => url.replace('ID', letter.id))).status < 300)
  const [, url = ''] = /(http:\S+\/demo\/mails)/.exec(guide) ?? []
  const mails = async () => ((await (await fetch(url)).json()) as { mails: { to: string }[] }).mails
  await until('the mail', async () => (await mails()).length === 1)
  assert.equal((await mails())[0]?.to, 'you@example.com')
  // Steps of flows are nothing that somebody outside may send.
  for (const command of ['SignUp', 'GrantPoints', 'ReceiveTransfer', 'MarkLoanLate']) {
    const path = new URL(`/api/commands/${command}`, url).href
    const headers = { 'content-type': 'application/json' }
    const input = { userId: 'u', loanId: 'l', accountId: 'ACC-001', transferId: 't', from: 'x', amount: 5, currency: 'BDT' }
    const more = { email: 'a@example.com', emailHash: 'h', name: 'n', reason: 'r' }
    const { status } = await fetch(path, { method: 'POST', headers, body: JSON.stringify({ ...input, ...more }) })
    assert.equal(status, 401, command)
  }
  const page = await fetch(url, { headers: { accept: 'text/html' } })
  assert.match(await page.text(), /Caught: 1\./)
  server.process.kill('SIGTERM')
  assert.equal((await server.ended).code, 0)
})
