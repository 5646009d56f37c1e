/** Whether a store may take another one's log, and how far it has come. */
import { v7 } from 'uuid'
import { KhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import { checkImported } from '../runtime/whole-log.ts'
import { grouped } from './progress.ts'

/** Left in a store that takes the log of another one: `detail` names it. Written before the first event. */
const noteKind = 'copied'

/**
 * Up to where `to` holds the log of `from`. An empty store is marked as a copy of it.
 * @throws KhataError `usage` when it holds anything else
 */
export async function copiedTo(from: Engine, to: Engine, by: string): Promise<Position> {
  const [{ storeId }, { storeId: own }] = [await from.identity(), await to.identity()]
  if (storeId === own) throw refused(`${to.name} and ${from.name} are one store.`)
  await checkImported(to)
  const head = await to.events.head()
  const [note] = await to.reactions.notes({ kinds: [noteKind], limit: 1 })
  const source = note ? (JSON.parse(note.detail) as { storeId: string; name: string }) : null
  if (head.position === 0) {
    if (source?.storeId === storeId) return 0
    const detail = JSON.stringify({ storeId, name: from.name })
    await to.events.commit({
      notes: [{ id: v7(), at: Date.now(), kind: noteKind, consumer: null, eventId: null, principal: by, detail }],
    })
    return 0
  }
  const held = `${to.name} has ${grouped(head.position)} events`
  if (source === null) throw refused(`${held} of its own: copy into an empty store.`)
  if (source.storeId !== storeId) throw refused(`${held} of another store, ${source.name}: copy into an empty store.`)
  const [same] = await from.events.lookUp({ position: head.position })
  if (same?.id === head.eventId) return head.position
  throw refused(
    same
      ? `${held}, and the one at ${grouped(head.position)} is not the one of ${from.name}: something else was written there since. Copy into an empty store.`
      : `${held}, but ${from.name} has fewer: it was restored to an earlier state. Copy into an empty store.`,
  )
}

function refused(message: string): KhataError<'usage'> {
  return new KhataError('usage', message, null)
}
