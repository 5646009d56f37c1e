/**
 * Whether a store holds the whole of a log that was imported into it. Before its first event, an import leaves the length
 * of the log as a checkpoint: a store that is shorter is not whole, whatever stopped the import.
 */
import { KhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'

const consumer = 'import/log'
const shard = 0

/** How many events the log has that was imported last; 0 when there was none. */
export async function importedLength(engine: Engine): Promise<Position> {
  return (await engine.work.checkpoints(consumer)).get(shard) ?? 0
}

/** Says that a log of this length is imported from now on. */
export async function beginImport(engine: Engine, length: Position): Promise<void> {
  const from = await importedLength(engine)
  if (from === length) return
  const { outcome } = await engine.events.commit({ checkpoints: [{ consumer, shard, from, to: length }] })
  if (outcome !== 'committed') throw new Error(`the beginning of the import was not taken: ${outcome}`)
}

/**
 * Refuses a store that an import is writing, or did not finish.
 * @throws KhataError `store-unavailable`
 */
export async function checkImported(engine: Engine): Promise<void> {
  const length = await importedLength(engine)
  if (length === 0) return
  const { position } = await engine.events.head()
  if (position >= length) return
  throw new KhataError(
    'store-unavailable',
    `${engine.name} holds ${position} of the ${length} events of a log: its import is under way or was cut short. ` +
      'Run the same `khata import` again: it goes on where it stopped.',
    { store: engine.name },
  )
}
