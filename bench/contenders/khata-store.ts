import type { Engine, NewEvent, StoredEvent } from 'khata/ports'
import { v7 } from 'uuid'
import { type Deposited, metadata } from '../shape.ts'

/** An event as the engine takes it. */
export function newEvent(data: Deposited): NewEvent {
  return {
    id: v7(),
    type: 'Deposited',
    schemaVersion: 1,
    data: JSON.stringify(data),
    metadata: JSON.stringify(metadata),
    tags: [],
    occurredAt: null,
    commandId: null,
    correlationId: null,
  }
}

/** Appends events to an account at its expected version and fails unless they were committed. */
export async function append(engine: Engine, streamId: string, expected: number, events: readonly NewEvent[]): Promise<void> {
  const { outcome } = await engine.events.commit({ appends: [{ category: 'account', streamId, expected, events }] })
  if (outcome !== 'committed') throw new Error(outcome)
}

/** Fills an empty log with deposits on accounts in turn, as an import does. */
export async function fillKhata(
  engine: Engine,
  streamOf: (i: number) => string,
  dataOf: (stream: string) => Deposited,
  count: number,
): Promise<void> {
  const versions = new Map<string, number>()
  const place = (i: number): StoredEvent => {
    const streamId = streamOf(i)
    const version = (versions.get(streamId) ?? 0) + 1
    versions.set(streamId, version)
    return {
      ...newEvent(dataOf(streamId)),
      position: i + 1,
      category: 'account',
      streamId,
      version,
      recordedAt: 1_700_000_000_000 + i,
    }
  }
  for (let done = 0; done < count; done += 1_000) {
    await engine.importLog(Array.from({ length: Math.min(1_000, count - done) }, (_, i) => place(done + i)))
  }
}
