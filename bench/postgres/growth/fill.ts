import type { Engine, StoredEvent } from 'khata/ports'
import { newEvent } from '../../contenders/khata-store.ts'
import { accountName, depositedData } from '../../shape.ts'

/** Streams, and products, of a block of the log; each has a hundred events in it and none elsewhere. */
const perBlock = 1_000
const blockLength = 100 * perBlock
const batchLength = 5_000

/** The accounts that the projection counts, however long the log is. */
const accounts = 1_000

interface Progress {
  /** Position before the first event of this fill: no other has streams of this name. */
  readonly start: number
  readonly recordedAt: number
  readonly versions: Map<string, number>
}

function eventAt({ start, recordedAt, versions }: Progress, i: number): StoredEvent {
  const block = Math.floor(i / blockLength)
  const streamId = `${start}-${block}-${i % perBlock}`
  const version = (versions.get(streamId) ?? 0) + 1
  versions.set(streamId, version)
  return {
    ...newEvent(depositedData(accountName(i % accounts))),
    tags: [`customer:${streamId}`, `product:${start}-${block}-${(i * 7 + Math.floor(i / perBlock)) % perBlock}`],
    position: start + i + 1,
    category: 'account',
    streamId,
    version,
    recordedAt,
  }
}

/** Fills a log up to a position, or until the time is over; returns the head. */
export async function fillTo(engine: Engine, length: number, end: number): Promise<number> {
  const { position: start, recordedAt } = await engine.events.head()
  const progress: Progress = { start, recordedAt: Math.max(recordedAt, Date.now()), versions: new Map() }
  let done = 0
  const next = (): readonly StoredEvent[] => {
    const count = Math.max(0, Math.min(batchLength, length - start - done))
    const events = Array.from({ length: count }, (_, i) => eventAt(progress, done + i))
    done += count
    if (done % blockLength === 0) progress.versions.clear()
    return events
  }
  // The next batch is made while one is written.
  for (let batch = next(); batch.length > 0; ) {
    const written = engine.importLog(batch)
    const following = performance.now() < end ? next() : []
    await written
    batch = following
  }
  return (await engine.events.head()).position
}
