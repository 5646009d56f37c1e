import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Measure } from '../ports/examination.ts'

const dayMs = 24 * 3_600_000
const spanMs = 7 * dayMs

/** How fast a store grows: events a day over the last week, and what that comes to in a month with this many bytes. */
export async function examineGrowth(store: Engine, bytes: number, now: number): Promise<readonly Measure[]> {
  const { position: head } = await store.events.head()
  const measures: Measure[] = [{ about: 'growth', name: 'events', value: head, unit: 'rows' }]
  const [first] = await store.events.lookUp({ position: 1 })
  if (!first) return measures
  const since = now - spanMs
  const before = await lastBefore(store, since, head)
  const days = Math.max((now - Math.max(first.recordedAt, since)) / dayMs, 1)
  const perDay = (head - before) / days
  measures.push({ about: 'growth', name: 'events a day, last week', value: Math.round(perDay), unit: 'rows' })
  if (bytes === 0) return measures
  measures.push(
    { about: 'growth', name: 'bytes an event, with everything', value: Math.round(bytes / head), unit: 'bytes' },
    { about: 'growth', name: 'in 30 days at this rate', value: Math.round((bytes / head) * perDay * 30), unit: 'bytes' },
  )
  return measures
}

/** The last position that was recorded before a time, found by halving: times never go down. */
async function lastBefore(store: Engine, time: number, head: Position): Promise<Position> {
  let [low, high] = [0, head]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const [event] = await store.events.lookUp({ position: middle })
    if (event && event.recordedAt < time) low = middle
    else high = middle - 1
  }
  return low
}
