import { createHash } from 'node:crypto'
import pg from 'pg'
import type { PostgresSettings } from './options.ts'

/** A value of a parameter: arrays go as the buffers that `binary-arrays.ts` makes. */
export type Value = string | number | boolean | null | Buffer

/**
 * A connection. Statements are sent at once and answered in order, so that those that are sent without waiting share one
 * round trip. Rows are arrays. Texts name the schema `khata`, whatever it is called in this store.
 */
export interface Connection {
  /** Runs a statement that is prepared once and kept by its text. */
  query<Row extends readonly unknown[]>(text: string, values?: readonly Value[]): Promise<Row[]>
  /** Runs a statement whose text is seldom the same again. */
  once<Row extends readonly unknown[]>(text: string, values?: readonly Value[]): Promise<Row[]>
  /** Runs statements without parameters, separated by semicolons; their rows are lost. */
  run(text: string): Promise<void>
  /** Sends everything that `send` asks for in one piece. */
  flight<T>(send: () => T): T
  /** Hears of notifications of a channel. */
  listen(channel: string, heard: () => void): Promise<void>
  /** Number of the server's process. */
  readonly backend: number | null
  /** Whether it was lost or closed. */
  isLost(): boolean
  /** Calls back once when it is lost; at once when it is lost already. */
  onLost(listener: () => void): void
  close(): Promise<void>
  /** Cuts it without asking the server, which goes on with what it is at. */
  destroy(): void
  /** Asks the server to end what it is at, then cuts it. Not for commits: one that waits for a replica would be answered. */
  abort(): void
}

const int8 = 20
/** Numbers that are a JavaScript number whatever their value. */
const numbers = new Set([21, 23, 26, 700, 701])
const boolean = 16

/** A position or another whole number that a JavaScript number holds exactly. */
function toSafeInteger(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is beyond the numbers of JavaScript`)
  return value
}

const asText = (text: string): string => text

const types = {
  getTypeParser: (oid: number) => {
    if (oid === int8) return toSafeInteger
    if (numbers.has(oid)) return Number
    if (oid === boolean) return (text: string) => text === 't'
    return asText
  },
}

const names = new Map<string, string>()

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url').slice(0, 20)
    names.set(text, name)
  }
  return name
}

const connectTimeoutMs = 10_000
const goodbyeMs = 2_000
/** How long a statement that was cancelled may take to be answered. */
const answerMs = 500

function clientTo(url: string): pg.Client {
  return new pg.Client({
    connectionString: url,
    pipeline: true,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'khata',
  } as pg.ClientConfig)
}

/** Opens a connection to `url`, by default the store's. */
export async function connect(settings: PostgresSettings, url: string = settings.url): Promise<Connection> {
  const { signal } = settings.cut
  if (signal.aborted) throw new Error('Connection terminated: the store is closed')
  const client = clientTo(url)
  let lost = false
  const listeners: (() => void)[] = []
  const cut = (): void => (client as unknown as Internals).connection.stream.destroy()
  const lose = (): void => {
    if (lost) return
    lost = true
    signal.removeEventListener('abort', cut)
    for (const listener of listeners.splice(0)) listener()
  }
  client.on('error', lose)
  client.on('end', lose)
  signal.addEventListener('abort', cut)
  await client.connect()
  return connectionOver(client, settings, url, () => lost, listeners, lose)
}

interface Internals {
  readonly connection: {
    on(event: 'error', listener: () => void): void
    readonly stream: {
      cork(): void
      uncork(): void
      destroy(): void
      ref?(): void
      unref?(): void
      on(event: 'close', listener: () => void): void
    }
  }
  readonly processID: number | null
  readonly secretKey: number | null
  cancel(client: { processID: number | null; secretKey: number | null; activeQuery: null }, query: null): void
}

/** Asks the server over a socket of its own to end the statement that it is at; resolves when it has heard. */
function askToEnd({ processID, secretKey }: Internals, url: string): Promise<void> {
  const asking = clientTo(url) as unknown as Internals
  const { connection } = asking
  return new Promise((resolve) => {
    const timer = setTimeout(() => connection.stream.destroy(), goodbyeMs)
    connection.on('error', () => {})
    connection.stream.on('close', () => {
      clearTimeout(timer)
      resolve()
    })
    asking.cancel({ processID, secretKey, activeQuery: null }, null)
  })
}

function connectionOver(
  client: pg.Client,
  settings: PostgresSettings,
  url: string,
  isLost: () => boolean,
  listeners: (() => void)[],
  lose: () => void,
): Connection {
  const internals = client as unknown as Internals
  const { connection, processID } = internals
  const texts = new Map<string, string>()
  const own = (text: string): string => {
    if (settings.schema === 'khata') return text
    let changed = texts.get(text)
    if (changed === undefined) {
      changed = text.replaceAll(/\bkhata\./g, `${settings.schema}.`)
      texts.set(text, changed)
    }
    return changed
  }
  let inFlight = 0
  // An idle connection does not keep the process alive.
  const busy = async <T>(asked: Promise<T>): Promise<T> => {
    if (inFlight++ === 0) connection.stream.ref?.()
    try {
      return await asked
    } finally {
      if (--inFlight === 0) connection.stream.unref?.()
    }
  }
  connection.stream.unref?.()
  const ask = async <Row extends readonly unknown[]>(text: string, values: readonly Value[], keep: boolean): Promise<Row[]> => {
    const name = keep && settings.prepare ? { name: nameOf(text) } : {}
    const asked = { text: own(text), values: values as unknown[], rowMode: 'array', types, queryMode: 'extended', ...name }
    const result = await busy(client.query<unknown[]>(asked as unknown as pg.QueryArrayConfig))
    return result.rows as unknown as Row[]
  }
  // Of several statements that are on their way the first that fails is heard of; the others must not go unheard.
  const heard = <T>(asked: Promise<T>): Promise<T> => {
    asked.catch(() => {})
    return asked
  }
  const destroy = (): void => {
    connection.stream.destroy()
    lose()
  }
  return {
    query: (text, values = []) => heard(ask(text, values, true)),
    once: (text, values = []) => heard(ask(text, values, false)),
    run: (text) => heard(busy(client.query(own(text))).then(() => {})),
    flight: (send) => {
      connection.stream.cork()
      try {
        return send()
      } finally {
        connection.stream.uncork()
      }
    },
    listen: async (channel, heard) => {
      client.on('notification', (message) => {
        if (message.channel === channel) heard()
      })
      await busy(client.query(`LISTEN ${channel}`))
    },
    backend: processID,
    isLost,
    onLost: (listener) => {
      if (isLost()) listener()
      else listeners.push(listener)
    },
    close: async () => {
      if (isLost()) return
      // A server that is away does not answer the goodbye.
      const timer = setTimeout(() => connection.stream.destroy(), goodbyeMs)
      await busy(client.end()).catch(() => {})
      clearTimeout(timer)
      lose()
    },
    destroy,
    abort: () => {
      // Nobody sends anything more over it; what was cancelled may still be answered.
      lose()
      void askToEnd(internals, url).then(() => setTimeout(destroy, answerMs))
    },
  }
}

/** Cuts a connection, with `late`, when work over it takes too long: the network may have swallowed the answer. */
export async function inTime<T>(ms: number, work: Promise<T>, late: () => void): Promise<T> {
  const timer = setTimeout(late, ms)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}
