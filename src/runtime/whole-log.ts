/**
 * Whether a store holds the whole of a log that was imported or copied into it. The mark is made before the first event, so
 * that whatever stops the work leaves a store that nothing uses.
 *
 * - An import leaves the length of the log as a checkpoint: a store that is shorter is not whole.
 * - A copy leaves 1 until it has ended: what is copied beside the log, such as how far consumers are, comes after the events.
 */
import { KhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'

const importing = 'import/log'
const copying = 'copy/log'
const shard = 0

/** How many events the log has that was imported last; 0 when there was none. */
export function importedLength(engine: Engine): Promise<Position> {
  return markOf(engine, importing)
}

/** Says that a log of this length is imported from now on. */
export function beginImport(engine: Engine, length: Position): Promise<void> {
  return mark(engine, importing, length)
}

/** Says that another store is copied into this one from now on. */
export function beginCopy(engine: Engine): Promise<void> {
  return mark(engine, copying, 1)
}

/** Says that the store is a whole copy. */
export function endCopy(engine: Engine): Promise<void> {
  return mark(engine, copying, 0)
}

/**
 * Refuses a store that an import or a copy is writing, or did not finish.
 * @throws KhataError `store-unavailable`
 */
export async function checkWhole(engine: Engine): Promise<void> {
  await checkImported(engine)
  await checkCopied(engine)
}

/**
 * Refuses a store that an import is writing, or did not finish.
 * @throws KhataError `store-unavailable`
 */
export async function checkImported(engine: Engine): Promise<void> {
  const lack = await lackOfImport(engine)
  if (lack === null) return
  throw unfinished(
    engine,
    `${lack}: its import is under way or was cut short. Run the same \`khata import\` again: it goes on where it stopped.`,
  )
}

/**
 * Refuses a store that a copy is writing, or did not finish.
 * @throws KhataError `store-unavailable`
 */
export async function checkCopied(engine: Engine): Promise<void> {
  const lack = await lackOfCopy(engine)
  if (lack === null) return
  throw unfinished(
    engine,
    `${lack}: it is under way, was cut short, or differs. Run the same \`khata copy\` again: it goes on where it stopped.`,
  )
}

/** Takes a store for whole that an import or a copy did not finish. Answers what it lacks; null when it was whole already. */
export async function takeAsItIs(engine: Engine): Promise<string | null> {
  const lack = (await lackOfImport(engine)) ?? (await lackOfCopy(engine))
  await mark(engine, importing, 0)
  await mark(engine, copying, 0)
  return lack
}

async function lackOfImport(engine: Engine): Promise<string | null> {
  const length = await importedLength(engine)
  if (length === 0) return null
  const { position } = await engine.events.head()
  return position >= length ? null : `holds ${position} of the ${length} events of a log`
}

async function lackOfCopy(engine: Engine): Promise<string | null> {
  return (await markOf(engine, copying)) === 0 ? null : 'is a copy of another store that is not whole'
}

async function markOf(engine: Engine, consumer: string): Promise<number> {
  return (await engine.work.checkpoints(consumer)).get(shard) ?? 0
}

async function mark(engine: Engine, consumer: string, to: number): Promise<void> {
  const from = await markOf(engine, consumer)
  if (from === to) return
  const { outcome } = await engine.events.commit({ checkpoints: [{ consumer, shard, from, to }] })
  if (outcome !== 'committed') throw new Error(`the mark of ${consumer} was not taken: ${outcome}`)
}

function unfinished(engine: Engine, what: string): KhataError<'store-unavailable'> {
  const otherwise = 'When that cannot be done any more, `khata adopt --incomplete` takes what is there.'
  return new KhataError('store-unavailable', `${engine.name} ${what} ${otherwise}`, { store: engine.name })
}
