import type { FastifyInstance, FastifyReply } from 'fastify'
import * as z from 'zod'
import { bodyOf } from '../routes/context.ts'
import type { CrmCatcher } from './crm-catcher.ts'
import type { MailCatcher } from './mail-catcher.ts'

const weather = z.strictObject({ down: z.boolean().optional(), delayMs: z.int().min(0).max(60_000).optional() })

/**
 * What the catchers caught, and how to break them: `GET /demo/mails`, `GET /demo/crm`, `POST /demo/mail` and
 * `POST /demo/crm` with `{ "down": true }` or `{ "delayMs": 3000 }`. Lists are pages for browsers, JSON for others.
 */
export function addDemo(http: FastifyInstance, mail: MailCatcher | null, crm: CrmCatcher | null): void {
  const config = { policy: () => ({ kind: 'operate', name: 'demo' }) as const }

  for (const [path, name, catcher] of [
    ['/demo/mail', 'mails', mail],
    ['/demo/crm', 'hooks', crm],
  ] as const) {
    if (!catcher) continue
    const list = () => (name === 'mails' ? (catcher as MailCatcher).mails : (catcher as CrmCatcher).hooks)
    http.get(path === '/demo/mail' ? '/demo/mails' : path, { config }, async (request, reply) => {
      const caught = [...list()].reverse()
      if (!request.headers.accept?.includes('text/html'))
        return { [name]: caught, down: catcher.down, delayMs: catcher.delayMs }
      return sendPage(reply, `${caught.length} ${name}`, caught)
    })
    http.post(path, { config }, async (request) => {
      Object.assign(catcher, bodyOf(weather, request))
      return { down: catcher.down, delayMs: catcher.delayMs }
    })
  }
}

function sendPage(reply: FastifyReply, title: string, caught: readonly object[]): FastifyReply {
  const items = caught.map((each) => {
    const { source, ...rest } = { source: '', ...each }
    return `<pre>${escaped(JSON.stringify(rest, null, 2))}${source === '' ? '' : `\n\n${escaped(source)}`}</pre>`
  })
  const page = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${items.join('<hr>')}`
  return reply.type('text/html; charset=utf-8').send(page)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
