/** The accounts business with an outside world of its own, over real sockets. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { anyApp, khata, type RetryPolicy } from 'khata'
import { serve } from 'khata/http'
import { catchHooks } from '../../examples/accounts/demo/crm-catcher.ts'
import { catchMails } from '../../examples/accounts/demo/mail-catcher.ts'
import { accounts } from '../../examples/accounts/index.ts'
import type { PasswordOptions } from '../../examples/accounts/passwords.ts'

export { until } from '../../src/runtime/reactions/eventually.fixture.ts'

/** A test that cleans up after itself. */
export interface Cleaning {
  after(work: () => Promise<void>): void
}

/** Starts mail catcher and CRM catcher; a business can be started on them, closed and started again. */
export async function outsideWorld(t: Cleaning, retry: RetryPolicy = { attempts: 3, firstDelayMs: 20 }) {
  const folder = await mkdtemp(join(tmpdir(), 'khata-accounts-'))
  const [mail, crm] = await Promise.all([catchMails(), catchHooks()])
  let running: { close(): Promise<void> } | null = null
  t.after(async () => {
    await running?.close()
    await Promise.all([mail.close(), crm.close()])
    await rm(folder, { recursive: true, force: true })
  })

  const start = async (options: PasswordOptions = {}) => {
    const business = accounts({ smtpUrl: () => mail.url, crm: () => crm, mailRetry: retry, crmRetry: retry })
    const app = await khata({ store: `sqlite:${join(folder, 'accounts.db')}`, use: business.parts })
    const routes = (http: Parameters<typeof business.routes>[0]) =>
      business.routes(http, anyApp(app), { folder: join(folder, 'private'), ...options })
    const server = await serve(app, { port: 0, routes })
    const close = async () => {
      await server.close()
      await app.close()
      business.close()
      running = null
    }
    running = { close }
    return { app, close, ...clientOf(server.url) }
  }
  return { folder, mail, crm, start }
}

/** Requests to a server. */
function clientOf(url: string) {
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    token?: string,
    type = 'application/json',
    more: Record<string, string> = {},
  ) => {
    const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': type }), ...more },
      ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? (body as Buffer<ArrayBuffer>) : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
  const signUp = (name: string, email = `${name}@example.com`, key?: string) => {
    const more: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key }
    return call('POST', '/signup', { email, password: passwordOf(name), name }, undefined, undefined, more)
  }
  const logIn = async (name: string): Promise<string> => {
    const { status, body } = await call('POST', '/login', { email: `${name}@example.com`, password: passwordOf(name) })
    assert.equal(status, 200)
    return body.sessionToken
  }
  return { call, signUp, logIn }
}

/** The password of a test user. */
export function passwordOf(name: string): string {
  return `the password of ${name}`
}
