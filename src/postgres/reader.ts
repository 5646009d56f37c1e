import { KhataError } from '../model/error.ts'
import { type Connection, connect, inTime } from './connection.ts'
import { needsConnection, translate } from './failure.ts'
import type { PostgresSettings } from './options.ts'

/** Reads of one process, over a few connections. */
export interface Reader {
  /**
   * Reads over a connection that others read over at the same time: one statement at a time, or several that need not see
   * the same state. What is read is read again over another connection when this one is lost or of no use; what takes too long is cancelled.
   */
  read<T>(look: (connection: Connection) => Promise<T>): Promise<T>
  close(): Promise<void>
}

interface Place {
  connection: Promise<Connection>
  reads: number
}

const firstPauseMs = 20
const longestPauseMs = 500

/**
 * A connection could not be had, for whatever reason: the store was open before, so that even a database that is not there
 * may be there again in a moment, as while it is restored.
 */
class NotConnected extends Error {
  constructor(cause: unknown) {
    super('not connected', { cause })
  }
}

function isGone(error: unknown): boolean {
  return error instanceof NotConnected || needsConnection(error)
}

/** Readers of a store. `first` is a connection that is open already. */
export function reader(settings: PostgresSettings, store: string, first: Connection): Reader {
  const places: Place[] = [{ connection: Promise.resolve(first), reads: 0 }]
  const { signal: cut } = settings.cut
  let open = true
  let reading = 0
  let done: (() => void) | null = null

  const take = (): Place => {
    const idle = places.find(({ reads }) => reads === 0)
    if (idle) return idle
    if (places.length < settings.poolSize) {
      const place = { connection: connect(settings), reads: 0 }
      places.push(place)
      return place
    }
    return places.reduce((least, place) => (place.reads < least.reads ? place : least))
  }

  const drop = (place: Place): boolean => places.includes(place) && places.splice(places.indexOf(place), 1).length > 0

  const once = async <T>(look: (connection: Connection) => Promise<T>): Promise<T> => {
    const place = take()
    place.reads++
    try {
      const connection = await place.connection.catch((error: unknown) => {
        throw new NotConnected(error)
      })
      if (connection.isLost()) throw new Error('Connection terminated')
      const late = (): void => {
        drop(place)
        connection.abort()
      }
      return await inTime(2 * settings.timeoutMs, look(connection), late)
    } catch (error) {
      if (isGone(error) && drop(place)) {
        place.connection.then(
          ({ destroy }) => destroy(),
          () => {},
        )
      }
      throw error
    } finally {
      place.reads--
    }
  }

  const read = async <T>(look: (connection: Connection) => Promise<T>): Promise<T> => {
    if (!open) throw new KhataError('closed', `${store} is closed`, null)
    // From the first failure on: an answer that never came has used up more than this already.
    let deadline = Infinity
    reading++
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        try {
          return await once(look)
        } catch (error) {
          if (deadline === Infinity) deadline = performance.now() + settings.timeoutMs
          if (!isGone(error) || !open || cut.aborted || performance.now() + pauseMs > deadline) {
            throw translate(error instanceof NotConnected ? error.cause : error, store)
          }
          await new Promise((resolve) => setTimeout(resolve, pauseMs))
        }
      }
    } finally {
      reading--
      if (reading === 0) done?.()
    }
  }

  return {
    read,
    close: async () => {
      open = false
      if (reading > 0) await new Promise<void>((resolve) => (done = resolve))
      await Promise.all(places.map(async ({ connection }) => (await connection.catch(() => null))?.close()))
    },
  }
}
