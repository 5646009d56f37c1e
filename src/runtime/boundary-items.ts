/**
 * Events of boundaries in memory, by the items of their queries: boundaries that are picked by pairs, such as a course and
 * a student, have many states but few items, and each of those is in many of them.
 *
 * Invariant: what is held of an item is all that matches it up to its position. Appends prove, item by item, that there is
 * nothing after that.
 */
import type { EventQueryItem } from '../model/decision.ts'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import { decodeEvent, withoutPlace } from './codec.ts'
import { LruMap } from './lru.ts'
import { matches } from './match.ts'
import type { Registry } from './registry.ts'

const pageSize = 1_000
/** An item with more events is not held: states are kept instead. */
const longestItem = 1_000
const heldEvents = 100_000

/** An item of a query with the text it is known by. */
export interface Item {
  readonly item: EventQueryItem
  readonly key: string
}

/** An event that matches an item, as `evolve` sees it, and where it is. */
export interface Match {
  readonly position: Position
  readonly event: UnplacedEvent
}

/** All events that match an item up to a position, in order. */
export interface HeldItem {
  readonly events: readonly Match[]
  readonly position: Position
}

/** The items of an app's boundaries. */
export interface BoundaryItems {
  /** What is held of each item; null when one is missing. */
  held(items: readonly Item[]): readonly HeldItem[] | null
  /** All that matches any of the items after `from`, as of one position. */
  read(items: readonly Item[], from: Position): Promise<HeldItem>
  /** Takes in what a commit wrote up to `last`, which proved that nothing else matches after `positions`. */
  advance(items: readonly Item[], positions: readonly Position[], written: readonly Match[], last: Position): void
  forget(): void
}

interface Growing {
  readonly events: Match[]
  position: Position
}

/** Events of several items in order, each once. */
export function mergedItems(items: readonly HeldItem[], after: Position): Match[] {
  const found = items.flatMap(({ events }) => events.slice(firstAfter(events, after)))
  if (items.length === 1) return found
  found.sort((a, b) => a.position - b.position)
  return found.filter(({ position }, index) => position !== found[index - 1]?.position)
}

function firstAfter(events: readonly Match[], after: Position): number {
  let index = events.length
  while (index > 0 && (events[index - 1] as Match).position > after) index--
  return index
}

/** The items' events of one app. */
export function boundaryItems(engine: Engine, registry: Registry): BoundaryItems {
  const memory = new LruMap<string, Growing>(heldEvents, ({ events }) => 1 + events.length)

  /** Adds to an item what is known up to a position. Others may have added to it meanwhile. */
  const grow = (key: string, held: Growing, events: readonly Match[], position: Position): void => {
    if (position <= held.position) return
    for (const event of events) if (event.position > held.position) held.events.push(event)
    held.position = position
    if (!memory.get(key)) return
    if (held.events.length > longestItem) memory.delete(key)
    else memory.set(key, held)
  }

  /** Everything that matches some items after a position. */
  const readStore = async (items: readonly Item[], after: Position): Promise<HeldItem> => {
    const query = registry.stored(items.map(({ item }) => item))
    const events: Match[] = []
    let position = after
    for (;;) {
      const page = await engine.events.readLog({ after: position, query, limit: pageSize })
      for (const stored of page.events)
        events.push({ position: stored.position, event: withoutPlace(decodeEvent(registry, stored)) })
      position = page.scannedTo
      if (!page.full) return { events, position }
    }
  }

  return {
    held(items) {
      const found: HeldItem[] = []
      for (const { key } of items) {
        const held = memory.get(key)
        if (!held) return null
        found.push(held)
      }
      return found
    },
    async read(items, from) {
      // Items that are known up to the same position are read together.
      const groups = new Map<Position, Item[]>()
      const held = items.map(({ key }) => memory.get(key))
      for (const [index, item] of items.entries()) {
        const after = held[index]?.position ?? from
        groups.set(after, [...(groups.get(after) ?? []), item])
      }
      const parts = await Promise.all([...groups].map(([after, group]) => readStore(group, after)))
      const lists: HeldItem[] = []
      for (const [index, group] of [...groups.values()].entries()) {
        const { events, position } = parts[index] as HeldItem
        for (const one of group) {
          const own = group.length === 1 ? events : events.filter(({ event }) => matches([one.item], event))
          const known: Growing = held[items.indexOf(one)] ?? { events: [], position: from }
          if (known.position === 0 && own.length <= longestItem) memory.set(one.key, known)
          grow(one.key, known, own, position)
          lists.push(known)
        }
      }
      // Some were read a moment later than others: only what is below all of them is of one position.
      const position = Math.min(...parts.map((part) => part.position))
      const events = mergedItems(lists, from)
      return { events: events.slice(0, firstAfter(events, position)), position }
    },
    advance(items, positions, written, last) {
      for (const [index, { item, key }] of items.entries()) {
        const held = memory.get(key)
        // What matched between the two is not known here.
        if (!held || held.position < (positions[index] as Position)) continue
        grow(
          key,
          held,
          written.filter(({ event }) => matches([item], event)),
          last,
        )
      }
    },
    forget: () => memory.clear(),
  }
}
