import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { KhataError } from '../model/error.ts'
import type { AnyApp, App } from '../runtime/app.ts'
import { createFromSettings } from './create.ts'
import { type HttpOptions, type Settings, settingsOf } from './options.ts'

/** Milliseconds that accepted requests have to finish when the server closes; then their connections are cut. */
const closeDeadlineMs = 10_000
const sweepMs = 50

/** A server that listens. */
export interface Server extends AsyncDisposable {
  /** `http://127.0.0.1:3000` */
  readonly url: string
  readonly port: number
  /** Takes no more requests, answers those it accepted, ends live feeds. The app stays open: it is its owner's. */
  close(): Promise<void>
}

/**
 * Serves an app over HTTP.
 * @throws KhataError `setting` when an option is wrong, the address is open to others without `authenticate`, or the
 * port cannot be had
 */
export async function serve(app: App<any> | AnyApp, options: HttpOptions = {}): Promise<Server> {
  const settings = settingsOf(options)
  const http = createFromSettings(app as AnyApp, settings)
  const { routes } = settings
  if (routes) http.register(async (scope) => routes(scope as unknown as FastifyInstance))
  await listen(http, settings)
  const { port } = http.server.address() as AddressInfo
  let closed: Promise<void> | null = null
  const close = (): Promise<void> => (closed ??= closeWithin(http, closeDeadlineMs))
  return { url: `http://${hostInUrl(settings.host)}:${port}`, port, close, [Symbol.asyncDispose]: close }
}

async function listen(http: FastifyInstance, { host, port }: Settings): Promise<void> {
  try {
    await http.listen({ host, port })
  } catch (error) {
    await http.close()
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') throw refused('port', `${port} on ${host} is taken by another process`, error)
    if (code === 'EACCES') throw refused('port', `${port} needs more rights than this process has`, error)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw refused('host', `${host} is no address of this machine`, error)
    throw error
  }
}

function refused(setting: string, what: string, cause: unknown): KhataError<'setting'> {
  return new KhataError('setting', `HTTP option "${setting}": ${what}`, { setting }, { cause })
}

/** An address that stands for all of them cannot be called; the machine's own name can. */
function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

async function closeWithin(http: FastifyInstance, deadlineMs: number): Promise<void> {
  // Answers that were on their way when the closing began leave their connections idle later.
  const sweep = setInterval(() => http.server.closeIdleConnections(), sweepMs)
  const cut = setTimeout(() => http.server.closeAllConnections(), deadlineMs)
  try {
    await http.close()
  } finally {
    clearInterval(sweep)
    clearTimeout(cut)
  }
}
