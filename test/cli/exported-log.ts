/** Exported logs of any length, as `khata export` writes them. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

/** Writes a log of so many events, each with a text of so many letters. */
export async function writeLog(file: string, events: number, letters = 20): Promise<void> {
  const out = createWriteStream(file)
  const hash = createHash('sha256')
  const write = async (text: string) => {
    if (!out.write(text)) await once(out, 'drain')
  }
  await write(`${JSON.stringify({ khata: 'log', format: 1, storeId: 'somewhere', epoch: 'then', events })}\n`)
  for (let position = 1; position <= events; position++) {
    const line = `${JSON.stringify({
      id: idOf(position),
      type: 'Noted',
      schemaVersion: 1,
      tags: [],
      occurredAt: null,
      commandId: null,
      correlationId: null,
      position,
      category: 'note',
      streamId: `n${position % 100}`,
      version: Math.ceil(position / 100),
      recordedAt: 1_700_000_000_000 + position,
      data: { text: 'x'.repeat(letters) },
      metadata: {},
    })}\n`
    hash.update(line)
    await write(line)
  }
  out.end(`${JSON.stringify({ end: events, sha256: hash.digest('hex') })}\n`)
  await finished(out)
}

/** The id of the event at a position. */
export function idOf(position: number): string {
  return `01890a5d-ac96-7000-8000-${position.toString(16).padStart(12, '0')}`
}
