/** Whether a store may take another one's log, and how far it has come. */
import { v7 } from 'uuid'
import { KhataError } from '../model/error.ts'
import type { Engine } from '../ports/engine.ts'
import type { Head } from '../ports/event-store.ts'
import { checkImported } from '../runtime/whole-log.ts'
import { grouped } from './progress.ts'

/** Left in a store that takes the log of another one: `detail` names it. Written before the first event. */
const noteKind = 'copied'

/**
 * Up to where `to` holds the log of `from`. An empty store is marked as a copy of it.
 * @throws KhataError `usage` when it holds anything else
 */
export async function copiedTo(from: Engine, to: Engine, by: string): Promise<Head> {
  const [{ storeId }, { storeId: own }] = [await from.identity(), await to.identity()]
  if (storeId === own) throw refused(`${to.name} and ${from.name} are one store.`)
  await checkImported(to)
  const head = await to.events.head()
  const [note] = await to.reactions.notes({ kinds: [noteKind], limit: 1 })
  const source = note ? (JSON.parse(note.detail) as { storeId: string; name: string }) : null
  if (head.position === 0) {
    if (source?.storeId === storeId) return head
    const detail = JSON.stringify({ storeId, name: from.name })
    await to.events.commit({
      notes: [{ id: v7(), at: Date.now(), kind: noteKind, consumer: null, eventId: null, principal: by, detail }],
    })
    return head
  }
  const held = heldBy(to, head)
  if (source === null) throw refused(`${held} of its own: copy into an empty store.`)
  if (source.storeId !== storeId) throw refused(`${held} of another store, ${source.name}: copy into an empty store.`)
  return checkSame(from, to)
}

/**
 * The end of a copy, whose event the source has too. Events are never changed, so all before it are the source's as well;
 * it is gone when the source was restored since to a state before it.
 * @throws KhataError `usage` when the source has no such event
 */
export async function checkSame(from: Engine, to: Engine): Promise<Head> {
  const head = await to.events.head()
  if (head.position === 0) return head
  const [same] = await from.events.lookUp({ position: head.position })
  if (same?.id === head.eventId) return head
  const held = heldBy(to, head)
  throw refused(
    same
      ? `${held}, and the one at ${grouped(head.position)} is not the one of ${from.name}: something else was written there since, or ${from.name} was restored to an earlier state and went on from it. Copy into an empty store.`
      : `${held}, but ${from.name} has fewer: it was restored to an earlier state. Copy into an empty store.`,
  )
}

/**
 * Refuses what was read of the source beside its log when a head that it had then is not in the copy of what it is now.
 * @throws KhataError `usage`
 */
export async function checkReached(from: Engine, to: Engine, heads: readonly Head[]): Promise<void> {
  for (const { position, eventId } of heads) {
    if (position === 0) continue
    const [event] = await to.events.lookUp({ position })
    if (event?.id !== eventId) throw restoredMeanwhile(from)
  }
}

/** What to say of a source whose events were seen and are gone, when the copy has none of them. */
export function restoredMeanwhile(from: Engine): KhataError<'usage'> {
  return refused(`${from.name} was restored to an earlier state meanwhile. Run the same again.`)
}

function heldBy({ name }: Engine, { position }: Head): string {
  return `${name} has ${grouped(position)} events`
}

function refused(message: string): KhataError<'usage'> {
  return new KhataError('usage', message, null)
}
