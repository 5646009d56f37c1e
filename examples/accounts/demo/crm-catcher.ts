import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CrmAddress } from '../crm.ts'
import { isGenuine } from '../outside/web-hook.ts'
import { delayed } from './delay.ts'

/** A web hook that arrived and was genuine. */
export interface CaughtHook {
  readonly at: string
  readonly id: string
  readonly message: unknown
}

/** A CRM on this machine that keeps what it is told, refuses what is not signed, and fails when it is told to. */
export interface CrmCatcher extends CrmAddress {
  /** The newest thousand, in the order they came; each once, by its id. */
  readonly hooks: readonly CaughtHook[]
  /** Web hooks whose signature was wrong. */
  readonly refused: number
  down: boolean
  /** Milliseconds that it takes for each web hook; a change counts for those that it has begun with, too. */
  delayMs: number
  close(): Promise<void>
}

const kept = 1_000
const bodyLimitBytes = 65_536

/** Starts a CRM catcher on a free port of this machine. */
export async function catchHooks(): Promise<CrmCatcher> {
  const secret = `whsec_${randomBytes(24).toString('base64')}`
  const hooks: CaughtHook[] = []
  const settings = { down: false, delayMs: 0, refused: 0 }
  const server = createServer(async (request, response) => {
    const answer = (status: number) => response.writeHead(status, { connection: status === 204 ? 'keep-alive' : 'close' }).end()
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > bodyLimitBytes) return answer(413)
      chunks.push(chunk)
    }
    await delayed(() => settings.delayMs)
    if (settings.down) return answer(503)
    const body = Buffer.concat(chunks).toString('utf8')
    if (!isGenuine(secret, request.headers, body, new Date())) {
      settings.refused++
      return answer(401)
    }
    const id = String(request.headers['webhook-id'])
    if (!hooks.some((hook) => hook.id === id)) hooks.push({ at: new Date().toISOString(), id, message: JSON.parse(body) })
    if (hooks.length > kept) hooks.shift()
    answer(204)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return Object.assign(settings, {
    url: `http://127.0.0.1:${port}/hooks`,
    secret,
    hooks,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  })
}
