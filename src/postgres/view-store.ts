import { KhataError } from '../model/error.ts'
import type { ViewStore } from '../ports/view-store.ts'
import { sqlState, translate, undefinedTable } from './failure.ts'
import { countDocuments, findDocuments, getDocuments } from './find-documents.ts'
import type { PostgresSettings } from './options.ts'
import type { Reader } from './reader.ts'
import type { Shapes } from './view-shape.ts'
import { dropView, prepareView } from './view-table.ts'

/** The places of views. */
export function viewStore(reader: Reader, settings: PostgresSettings, store: string, shapes: Shapes): ViewStore {
  /** A generation that was dropped by another process answers as one that was never there. */
  const asked = async <T>(generation: string, answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      const cause = error instanceof KhataError ? error.cause : error
      if (sqlState(cause) !== undefinedTable) throw error
      shapes.forget(generation)
      throw new KhataError('usage', `the view generation "${generation}" was dropped`, null, { cause })
    }
  }
  const changed = async (generation: string, change: Promise<void>): Promise<void> => {
    try {
      await change
    } catch (error) {
      shapes.forget(generation)
      throw translate(error, store)
    }
  }
  return {
    prepare: (wanted) => changed(wanted.generation, prepareView(settings, reader, wanted)),
    get: async (generation, ids) => {
      await shapes.of(generation)
      return asked(
        generation,
        reader.read((connection) => getDocuments(connection, generation, ids)),
      )
    },
    find: async (range) => {
      const shape = await shapes.of(range.generation)
      return asked(
        range.generation,
        reader.read((connection) => findDocuments(connection, shape, range)),
      )
    },
    count: async (generation, where) => {
      const shape = await shapes.of(generation)
      return asked(
        generation,
        reader.read((connection) => countDocuments(connection, shape, where)),
      )
    },
    drop: async (generation) => {
      await changed(generation, dropView(settings, reader, generation))
      shapes.forget(generation)
    },
  }
}
