import { randomUUID } from 'node:crypto'
import { withoutSecrets } from '../model/without-secrets.ts'
import type { Engine } from '../ports/engine.ts'
import { batchRunner } from './batch-runner.ts'
import { commitWatch } from './commit-watch.ts'
import { type Connection, connect } from './connection.ts'
import { eventStore } from './event-store.ts'
import { failureOf, isConnectionLost } from './failure.ts'
import { homeOf, readIdentity } from './identity.ts'
import { readRemembered, rememberCommands } from './import-commands.ts'
import { nothingKnown } from './known.ts'
import { migrate } from './migrate.ts'
import { type PostgresOptions, type PostgresSettings, settingsOf } from './options.ts'
import { startPace } from './pace.ts'
import { reactionStore } from './reaction-store.ts'
import { reader as readerOver } from './reader.ts'
import { verify } from './verify.ts'
import { shapesOf } from './view-shape.ts'
import { viewStore } from './view-store.ts'
import { workStore } from './work-store.ts'
import { batchLimit, startWriter } from './writer.ts'

/** So many processes can share a view. What one process pays for more shards is in decision 0107. */
const viewShards = 8

/**
 * Opens a store in a PostgreSQL database and brings its schema up to date. Any number of processes may have one open.
 *
 * @param url `postgres://user:password@host:5432/database`
 * @throws KhataError `setting`, `store-unavailable`, `store-newer`, `store-older`, `store-damaged`
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Engine> {
  const settings = settingsOf(url, options)
  const store = withoutSecrets(url)
  for (let triesLeft = 4; ; triesLeft--) {
    let connection: Connection | null = null
    try {
      connection = await connect(settings)
      const home = await homeOf(connection, settings.schema)
      await migrate(connection, settings, home, settings.clock?.() ?? Date.now())
      return assemble(store, connection, home, settings)
    } catch (error) {
      await connection?.close()
      // A server that is not there is told at once; one that let us in and fell over is asked again.
      if (connection === null || triesLeft === 0 || !isConnectionLost(error)) throw failureOf(error, store)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

function assemble(store: string, connection: Connection, home: string, settings: PostgresSettings): Engine {
  const reader = readerOver(settings, store, connection)
  const shapes = shapesOf(reader)
  const known = nothingKnown(() => watch.lost())
  const watch = commitWatch(settings, reader)
  const pace = startPace(batchLimit)
  const runner = batchRunner(settings, store, shapes, known, pace)
  const writer = startWriter(runner, pace, settings, store, watch.notify)
  const identity: Engine['identity'] = () => reader.read((over) => readIdentity(over, home))
  let closed: Promise<void> | null = null
  const cut = (): void => settings.cut.abort()
  const close = (late?: AbortSignal): Promise<void> => {
    if (late?.aborted) cut()
    else late?.addEventListener('abort', cut, { once: true })
    closed ??= (async () => {
      await writer.close()
      await watch.close()
      await reader.close()
      // A connection that was being made is of no use any more, and would keep the process alive.
      cut()
    })()
    return closed
  }
  return {
    name: store,
    events: eventStore(reader, writer, known),
    views: viewStore(reader, settings, store, shapes),
    work: workStore(reader, writer, settings),
    reactions: reactionStore(reader),
    viewShards,
    identity,
    adopt: async () => {
      const text = 'UPDATE khata.ledger SET epoch = $1, home = $2'
      await reader.read((over) => over.query(text, [randomUUID(), home]))
      return identity()
    },
    onCommit: watch.listen,
    verify: (progress) => verify(reader, progress),
    importLog: async (events) => {
      await writer.submit({ kind: 'import', events })
    },
    rememberedCommands: (range) => reader.read((connection) => readRemembered(connection, range)),
    importCommands: (commands) => reader.read((connection) => rememberCommands(connection, commands)),
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
