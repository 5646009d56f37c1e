import { KhataError } from '../model/error.ts'
import type { ViewShape } from '../ports/view-store.ts'
import type { Connection } from './connection.ts'
import type { Job } from './job.ts'
import type { Reader } from './reader.ts'

/** The shapes of the generations that this process has met. A generation that is dropped is never made again. */
export interface Shapes {
  /** @throws KhataError `usage` when the generation was never prepared */
  of(generation: string): Promise<ViewShape>
  /** The shapes that jobs will need; those of generations that are not there are left out. */
  neededBy(jobs: readonly Job[]): Promise<ReadonlyMap<string, ViewShape>>
  /** Looks a generation up again when it is needed. */
  forget(generation: string): void
}

const read = 'SELECT shape FROM khata.view_shape WHERE generation = $1'

/** The shape that a generation was prepared with, null when it was not. */
export async function findShape(connection: Connection, generation: string): Promise<ViewShape | null> {
  const [row] = await connection.query<[string]>(read, [generation])
  return row ? (JSON.parse(row[0]) as ViewShape) : null
}

function generationsOf(jobs: readonly Job[]): Set<string> {
  const names = new Set<string>()
  for (const job of jobs) {
    if (job.kind !== 'commit') continue
    for (const { generation, documents } of [...(job.commit.inline ?? []), ...(job.commit.documents ?? [])]) {
      if (documents.length > 0) names.add(generation)
    }
  }
  return names
}

/** The shapes of a store. */
export function shapesOf(reader: Reader): Shapes {
  const known = new Map<string, ViewShape>()
  const find = async (generation: string): Promise<ViewShape | null> => {
    const found = known.get(generation) ?? (await reader.read((connection) => findShape(connection, generation)))
    if (found) known.set(generation, found)
    return found
  }
  return {
    of: async (generation) => {
      const found = await find(generation)
      if (found) return found
      throw new KhataError('usage', `the view generation "${generation}" was not prepared`, null)
    },
    neededBy: async (jobs) => {
      const needed = new Map<string, ViewShape>()
      for (const generation of generationsOf(jobs)) {
        const found = known.get(generation) ?? (await find(generation))
        if (found) needed.set(generation, found)
      }
      return needed
    },
    forget: (generation) => known.delete(generation),
  }
}
