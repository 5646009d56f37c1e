/**
 * How long a sign-up takes while 10 arrive each second by the clock, mail takes 3 seconds and the CRM 2, and while both
 * are down. Run it with `node --conditions=khata-source examples/accounts/measure.ts [seconds]`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { anyApp, khata } from 'khata'
import { serve } from 'khata/http'
import { catchHooks } from './demo/crm-catcher.ts'
import { catchMails } from './demo/mail-catcher.ts'
import { accounts } from './index.ts'

const perSecond = 10
const seconds = Number(process.argv[2] ?? 30)

for (const { name, delayMs, down } of [
  { name: 'mail and CRM at once', delayMs: 0, down: false },
  { name: 'mail 3 s, CRM 2 s', delayMs: 1, down: false },
  { name: 'mail and CRM down', delayMs: 0, down: true },
]) {
  const [mail, crm] = await Promise.all([catchMails(), catchHooks()])
  Object.assign(mail, { delayMs: delayMs * 3_000, down })
  Object.assign(crm, { delayMs: delayMs * 2_000, down })
  const folder = await mkdtemp(join(tmpdir(), 'khata-measure-'))
  const business = accounts({ smtpUrl: () => mail.url, crm: () => crm })
  const app = await khata({ store: `sqlite:${join(folder, 'accounts.db')}`, use: business.parts })
  const server = await serve(app, { port: 0, routes: (http) => business.routes(http, anyApp(app), { folder }) })

  const took: number[] = []
  const failed: number[] = []
  const signUp = async (n: number) => {
    const startedAt = performance.now()
    const body = JSON.stringify({ email: `user${n}@example.com`, password: 'correct horse', name: `User ${n}` })
    const answer = await fetch(`${server.url}/signup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    await answer.text()
    if (answer.status === 201) took.push(performance.now() - startedAt)
    else failed.push(answer.status)
  }
  // By the clock: a slow answer does not put off the next arrival.
  const begin = performance.now()
  const arrivals: Promise<void>[] = []
  for (let n = 0; n < perSecond * seconds; n++) {
    await pause(Math.max(0, begin + (n * 1_000) / perSecond - performance.now()))
    arrivals.push(signUp(n))
  }
  await Promise.all(arrivals)
  took.sort((a, b) => a - b)
  const at = (share: number) => (took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0).toFixed(0)
  const sent = `${mail.mails.length} mails, ${crm.hooks.length} hooks by then`
  console.log(
    `${name}: ${took.length} sign-ups, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms, ${failed.length} refused; ${sent}`,
  )
  await server.close()
  await app.close()
  business.close()
  await Promise.all([mail.close(), crm.close()])
  await rm(folder, { recursive: true, force: true })
}
