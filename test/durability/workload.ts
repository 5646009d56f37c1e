import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import type { Commit, NewEvent } from 'khata/ports'

/** An event whose metadata say which commit it is of, and how many events that has. */
function piece(commit: string, of: number): NewEvent {
  return {
    id: randomUUID(),
    type: 'Happened',
    schemaVersion: 1,
    data: JSON.stringify({ text: 'x'.repeat(100) }),
    metadata: JSON.stringify({ commit, of }),
    tags: [`commit:${commit}`],
    occurredAt: null,
    commandId: commit,
    correlationId: null,
  }
}

/** A commit of one to four events over two streams, and its name. */
export function twoStreams(first: string, second: string, size: number): { readonly name: string; readonly commit: Commit } {
  const name = randomUUID()
  const events = Array.from({ length: size }, () => piece(name, size))
  const appends = [
    { category: 'account', streamId: first, expected: null, events: events.slice(0, 1) },
    { category: 'account', streamId: second, expected: null, events: events.slice(1) },
  ]
  return { name, commit: { appends } }
}

/** Writes a line to standard output before anything else happens. */
export function say(line: string): void {
  writeSync(1, `${line}\n`)
}
