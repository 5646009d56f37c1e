import type { ViewShape, ViewStore } from '../ports/view-store.ts'
import type { Connection } from './connection.ts'
import { countDocuments, findDocuments, getDocuments } from './find-documents.ts'
import type { Reader } from './reader.ts'
import { shapeOf } from './view-shape.ts'
import type { Writer } from './writer.ts'

/** Removing a generation leaves the writer to others for so long after each slice. */
const betweenSlicesMs = 20

/** The places of views, read on this thread and changed by the writer. */
export function viewStore(reader: Reader, writer: Writer): ViewStore {
  const shapes = new Map<string, ViewShape>()
  const shape = (connection: Connection, generation: string): ViewShape => shapeOf(connection, shapes, generation)
  return {
    prepare: async (wanted) => {
      await writer.submit({ kind: 'prepare', shape: wanted })
    },
    get: (generation, ids) =>
      reader.read((connection) => {
        shape(connection, generation)
        return getDocuments(connection, generation, ids)
      }),
    find: (range) => reader.read((connection) => findDocuments(connection, shape(connection, range.generation), range)),
    count: (generation, where) => reader.read((connection) => countDocuments(connection, shape(connection, generation), where)),
    drop: async (generation, signal) => {
      for (;;) {
        const gone = await writer.submit({ kind: 'drop', generation })
        shapes.delete(generation)
        if (gone || signal?.aborted) return
        await new Promise((resolve) => setTimeout(resolve, betweenSlicesMs))
      }
    },
  }
}
