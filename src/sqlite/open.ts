import { mkdirSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { KhataError } from '../model/error.ts'
import type { Engine } from '../ports/engine.ts'
import { commitWatch } from './commit-watch.ts'
import { connectReader } from './connection.ts'
import { eventStore } from './event-store.ts'
import { translate } from './failure.ts'
import { homeOf, readIdentity } from './identity.ts'
import { readRemembered } from './import-commands.ts'
import { openSession } from './open-session.ts'
import { checkOptions, type SqliteOptions } from './options.ts'
import { reactionStore } from './reaction-store.ts'
import { type Reader, reader } from './reader.ts'
import { transportHere } from './transport-here.ts'
import { transportThread } from './transport-thread.ts'
import { verifyHere, verifyInThread } from './verify.ts'
import { viewStore } from './view-store.ts'
import { workStore } from './work-store.ts'
import { startWriter, type Transport } from './writer.ts'

/** An open store: how it is written and read. */
interface Opened {
  readonly transport: Transport
  readonly reader: Reader
  readonly home: string
  /** Where the file is; null in memory. */
  readonly path: string | null
}

function openMemory(store: string, options: SqliteOptions): Opened {
  const clock = options.clock ?? Date.now
  const session = openSession(':memory:', 'memory', 'normal', clock())
  return {
    transport: transportHere(session, clock, store),
    reader: reader(session, store, false),
    home: 'memory',
    path: null,
  }
}

async function openFile(location: string, store: string, options: SqliteOptions): Promise<Opened> {
  const path = resolve(location)
  const { synchronous = 'full', tables = 'make' } = options
  if (tables !== 'make' && !statSync(path, { throwIfNoEntry: false })?.size) {
    throw new KhataError('store-unavailable', `There is no store at ${path}.`, { store })
  }
  mkdirSync(dirname(path), { recursive: true })
  const home = homeOf(dirname(path), basename(path))
  const transport = await transportThread({ location: path, store, home, synchronous, tables }, options.clock ?? null)
  return { transport, reader: reader(connectReader(path), store, true), home, path }
}

/**
 * Opens a store in one SQLite file, or in memory for `:memory:`. Missing directories are made. Several processes may have
 * one file open at once.
 *
 * @throws KhataError `setting`, `store-unavailable`, `store-full`, `store-newer`, `store-older`, `store-damaged`
 */
export async function openSqlite(location: string, options: SqliteOptions = {}): Promise<Engine> {
  checkOptions(options)
  const store = `sqlite:${location}`
  let opened: Opened
  try {
    opened = location === ':memory:' ? openMemory(store, options) : await openFile(location, store, options)
  } catch (error) {
    throw translate(error, store)
  }
  return assemble(store, opened, options)
}

function assemble(store: string, { transport, reader, home, path }: Opened, options: SqliteOptions): Engine {
  const watch = commitWatch(path !== null ? reader.dataVersion : null)
  const limits = { queueLimit: options.queueLimit ?? 10_000, queueBytes: options.queueBytes ?? 64 * 1024 * 1024 }
  const writer = startWriter(transport, limits, store, watch.notify)
  const identity: Engine['identity'] = () => reader.read((connection) => readIdentity(connection, home))
  let closed: Promise<void> | null = null
  const close = (): Promise<void> => {
    closed ??= (async () => {
      watch.close()
      // The writer must be the last: a connection that only reads leaves the write-ahead log behind.
      await writer.close(() => reader.close())
    })()
    return closed
  }
  return {
    name: store,
    events: eventStore(reader, writer),
    views: viewStore(reader, writer),
    work: workStore(reader, writer, options.clock ?? Date.now),
    reactions: reactionStore(reader),
    // There is one writer: several processes would not be faster than one.
    viewShards: 1,
    identity,
    adopt: async () => {
      await writer.submit({ kind: 'adopt', home })
      return identity()
    },
    onCommit: watch.listen,
    verify: (progress) => (path === null ? verifyHere(reader, progress) : verifyInThread({ path, store }, progress)),
    importLog: async (events) => {
      await writer.submit({ kind: 'import', events })
    },
    rememberedCommands: (range) => reader.read((connection) => readRemembered(connection, range)),
    importCommands: async (commands) => {
      await writer.submit({ kind: 'remember', commands })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
