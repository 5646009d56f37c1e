/** A served app of jars and the few requests that tests make over and over. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type HttpOptions, type Server, serve } from '../../src/http/index.ts'
import type { AnyApp } from '../../src/index.ts'
import type { AppOptions } from '../../src/runtime/app.ts'
import { jarApp } from './jars.ts'

export { untilTrue as until } from '../../src/runtime/reactions/eventually.fixture.ts'

/** What came back, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: any
}

/** A client of one server. */
export interface Client {
  readonly app: AnyApp
  readonly server: Server
  get(path: string, headers?: Record<string, string>): Promise<Answer>
  request(path: string, init: RequestInit): Promise<Answer>
  /** Sends a command. */
  send(name: string, input: unknown, headers?: Record<string, string>): Promise<Answer>
}

/** Serves an app of jars on a free port until the test ends. */
export async function serveJars(
  context: TestContext,
  options: HttpOptions = {},
  appOptions: Omit<AppOptions, 'store'> & { readonly file?: string } = {},
): Promise<Client> {
  const app = await jarApp(context, appOptions)
  const server = await serve(app, { port: 0, ...options })
  context.after(() => server.close())
  return clientOf(app, server)
}

/** A client of a server. */
export function clientOf(app: AnyApp, server: Server): Client {
  const request = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(server.url + path, init)
    const text = await response.text()
    const json = response.headers.get('content-type')?.includes('json') && text !== ''
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : null }
  }
  return {
    app,
    server,
    request,
    get: (path, headers = {}) => request(path, { headers }),
    send: (name, input, headers = {}) =>
      request(`/api/commands/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(input),
      }),
  }
}

/** A directory that is gone after the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'khata-http-'))
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return folder
}
