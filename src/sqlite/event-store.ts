import { boundedPages } from '../ports/bounded-pages.ts'
import type { EventStore } from '../ports/event-store.ts'
import { lookUp, readHead } from './look-up.ts'
import { readLog } from './read-log.ts'
import { readStream } from './read-stream.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

/** The log: commits go to the writer, reads are answered on this thread. */
export function eventStore(reader: Reader, writer: Writer): EventStore {
  return {
    commit: (commit) => writer.submit({ kind: 'commit', commit }),
    readStream: (range) => reader.read((connection) => readStream(connection, range)),
    readLog: boundedPages((range) => reader.read((connection) => readLog(connection, range))),
    lookUp: (lookup) => reader.read((connection) => lookUp(connection, lookup)),
    head: () => reader.read(readHead),
  }
}
