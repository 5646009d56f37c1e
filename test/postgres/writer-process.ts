/**
 * A process that writes as fast as it can, until its standard input ends, and says what was acknowledged, a line for each
 * commit: the first position and the ids. Arguments: URL, number of writers, name. In the end it says how often it was
 * told that a seat was taken.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { v7 } from 'uuid'
import type { NewEvent } from '../../src/ports/event-store.ts'
import { openPostgres } from '../../src/postgres/index.ts'

const [url = '', writers = '1', name = 'w'] = process.argv.slice(2)
const engine = await openPostgres(url, { timeoutMs: 60_000 })
let ended = false
process.stdin.resume().once('end', () => {
  ended = true
})

function event(tag: string): NewEvent {
  const none = { occurredAt: null, commandId: null, correlationId: null }
  return { id: v7(), type: 'Happened', schemaVersion: 1, data: '{"amount":1}', metadata: '{}', tags: [tag], ...none }
}

function acknowledged(first: number, events: readonly NewEvent[]): void {
  process.stdout.write(`${first} ${events.map(({ id }) => id).join(' ')}\n`)
}

async function write(writer: number): Promise<void> {
  const streamId = `${name}-${writer}`
  for (let version = 0; !ended; ) {
    if (Math.random() < 0.3) await pause(Math.random() * 5)
    const events = Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => event(`writer:${name}`))
    const expected = Math.random() < 0.1 ? version + 1 : version
    const outcome = await engine.events.commit({ appends: [{ category: 'load', streamId, expected, events }] })
    if (outcome.outcome === 'committed') {
      version = outcome.versions[0] ?? 0
      acknowledged(outcome.first, events)
    } else if (expected === version) throw new Error(`${streamId} is written by one only: ${JSON.stringify(outcome)}`)
    await race()
  }
}

let taken = 0

/** Everybody tries to be the one that takes the next seat. */
async function race(): Promise<void> {
  if (Math.random() > 0.05) return
  const seat = `seat:${Math.floor((performance.timeOrigin + performance.now()) / 20)}`
  const events = [event(seat)]
  const outcome = await engine.events.commit({
    appends: [{ category: 'seat', streamId: `${name}-${v7()}`, expected: 0, events }],
    conditions: [{ query: [{ tags: [seat] }], after: 0, clause: 'taken' }],
  })
  if (outcome.outcome === 'committed') acknowledged(outcome.first, events)
  else taken++
}

await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)))
await engine.close()
process.stdout.write(`taken ${taken}\n`)
