import { boundedPages } from '../ports/bounded-pages.ts'
import type { EventStore } from '../ports/event-store.ts'
import type { Known } from './known.ts'
import { lookUp, readHead } from './look-up.ts'
import { readLog } from './read-log.ts'
import { readStream } from './read-stream.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** The log: commits go to the writer, reads to the readers. */
export function eventStore(reader: Reader, writer: Writer, known: Known): EventStore {
  return {
    commit: (commit) => writer.submit({ kind: 'commit', commit }),
    readStream: async (range) => {
      const found = known.reading()
      const events = await reader.read((connection) => readStream(connection, range))
      const last = events.at(range.backwards ? 0 : -1)
      if (last) found(last)
      return events
    },
    readLog: boundedPages((range) => reader.read((connection) => readLog(connection, range))),
    lookUp: (lookup) => reader.read((connection) => lookUp(connection, lookup)),
    head: () => reader.read(readHead),
  }
}
