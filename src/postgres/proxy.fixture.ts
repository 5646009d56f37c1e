/** A proxy in front of the server that cuts connections at the worst moment. */
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { after } from 'node:test'

/** What a proxy does when it sees a COMMIT, or, for `swallow-read`, a statement that reads. */
export type Fault = 'none' | 'cut-before-commit' | 'cut-after-commit' | 'swallow-answer' | 'swallow-read'

/** A proxy between engine and server. */
export interface Proxy {
  readonly url: string
  /** What happens at the next COMMIT; afterwards nothing more does, until it is set again. */
  fault: Fault
  /** What is waited for between `cut-after-commit`'s COMMIT and its cut. */
  beforeCut: () => Promise<unknown>
  /** Connections stay open and new ones are taken, but nothing goes through any more, in neither direction. */
  silent: boolean
  /** The server's URL; new connections go there. */
  server: string
  /** How many connections were asked for. */
  readonly dialed: () => number
  /** How many connections to it are open. */
  readonly connections: () => number
  /** How often it happened. */
  readonly faults: () => number
  /** Cuts every connection. */
  cutAll(): void
}

/** Starts a proxy before the server of a URL; it ends with the test file. */
export async function proxyTo(url: string): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  let faults = 0
  let dialed = 0
  const proxy = { fault: 'none' as Fault, silent: false, server: url, beforeCut: (): Promise<unknown> => Promise.resolve() }

  const pair = (client: Socket): void => {
    dialed++
    const target = new URL(proxy.server)
    const server = dial(Number(target.port === '' ? 5432 : target.port), target.hostname)
    let deaf = false
    clients.add(client)
    client.on('close', () => clients.delete(client))
    const cut = (): void => {
      client.destroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', cut)
      socket.on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    server.on('data', (data) => {
      if (!deaf && !proxy.silent) client.write(data)
    })
    client.on('data', (data) => {
      const { fault, silent } = proxy
      if (silent) return
      const isCommit = data.includes('COMMIT\0')
      // The first message of a connection has no letter that says what it is, but its length.
      const isRead = !isCommit && !data.includes('pg_notify') && data[0] !== 0
      if (fault === 'none' || !(fault === 'swallow-read' ? isRead : isCommit)) {
        server.write(data)
        return
      }
      proxy.fault = 'none'
      faults++
      if (fault === 'cut-before-commit') {
        cut()
        return
      }
      deaf = true
      // The server gets all of it and may finish; only its answer is lost.
      server.write(data, () => {
        if (fault === 'cut-after-commit') setTimeout(() => proxy.beforeCut().then(cut), 20)
      })
    })
  }

  const listener = createServer(pair)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = new URL(url)
  address.hostname = '127.0.0.1'
  address.port = String((listener.address() as AddressInfo).port)
  after(() => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  })
  return Object.assign(proxy, {
    url: address.href,
    faults: () => faults,
    dialed: () => dialed,
    connections: () => clients.size,
    cutAll: () => {
      for (const socket of sockets) socket.destroy()
    },
  })
}
