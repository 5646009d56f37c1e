import { KhataError } from '../model/error.ts'
import type { Connection } from './connection.ts'
import { translate } from './failure.ts'

/** Reads of one process. Each is one piece of work on the caller's thread: no statement stays open across an `await`. */
export interface Reader {
  /** Reads; errors of SQLite become those of the catalogue. */
  read<T>(look: (connection: Connection) => T): Promise<T>
  /** Counts commits of other connections. */
  dataVersion(): number
  close(): void
}

/** A reader over a connection. `owned`: whether closing it closes the connection. */
export function reader(connection: Connection, store: string, owned: boolean): Reader {
  let open = true
  return {
    read: async (look) => {
      if (!open) throw new KhataError('closed', `${store} is closed`, null)
      try {
        return look(connection)
      } catch (error) {
        throw translate(error, store)
      }
    },
    dataVersion: () => {
      const [version] = connection.sql('PRAGMA data_version').get() as unknown as [number]
      return version
    },
    close: () => {
      open = false
      if (owned) connection.close()
    },
  }
}
