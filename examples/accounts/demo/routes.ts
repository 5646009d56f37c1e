import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import * as z from 'zod'
import { bodyOf } from '../routes/context.ts'
import type { CrmCatcher } from './crm-catcher.ts'
import type { MailCatcher } from './mail-catcher.ts'
import { hooksPage, mailsPage, pagePolicy } from './page.ts'

const weather = z.strictObject({ down: z.boolean().optional(), delayMs: z.int().min(0).max(60_000).optional() })
const config = { policy: () => ({ kind: 'operate', name: 'demo' }) as const }

/**
 * What the catchers caught, and how to break them: `GET /demo/mails`, `GET /demo/crm`, `POST /demo/mail` and
 * `POST /demo/crm` with `{ "down": true }` or `{ "delayMs": 3000 }`. Lists are pages for browsers, JSON for others.
 */
export function addDemo(http: FastifyInstance, mail: MailCatcher | null, crm: CrmCatcher | null): void {
  if (mail) {
    addSwitch(http, '/demo/mail', mail)
    http.get('/demo/mails', { config }, async (request, reply) => {
      const mails = mail.mails.toReversed()
      const { down, delayMs } = mail
      return wantsPage(request) ? sendPage(reply, mailsPage(mails, mail)) : { mails, down, delayMs }
    })
  }
  if (crm) {
    addSwitch(http, '/demo/crm', crm)
    http.get('/demo/crm', { config }, async (request, reply) => {
      const hooks = crm.hooks.toReversed()
      const { down, delayMs } = crm
      return wantsPage(request) ? sendPage(reply, hooksPage(hooks, crm)) : { hooks, down, delayMs }
    })
  }
}

function addSwitch(http: FastifyInstance, path: string, catcher: MailCatcher | CrmCatcher): void {
  http.post(path, { config }, async (request) => {
    Object.assign(catcher, bodyOf(weather, request))
    return { down: catcher.down, delayMs: catcher.delayMs }
  })
}

function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') ?? false
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(page)
}
