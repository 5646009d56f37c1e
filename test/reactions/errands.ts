/** A business whose every errand has an effect outside, a line in a file, and an effect inside, a command. */
import { appendFileSync } from 'node:fs'
import { aggregate, type Part, reactor } from 'khata'
import type { NewEvent } from 'khata/ports'
import { v7 } from 'uuid'
import * as z from 'zod'

export const errand = aggregate('errand', {
  id: 'errandId',
  events: { Asked: z.object({ n: z.int() }) },
  initial: {},
  evolve: {},
  commands: {
    Ask: {
      input: z.object({ errandId: z.string(), n: z.int() }),
      decide: ({ n }) => ({ type: 'Asked', data: { n } }),
    },
  },
})

/** Nothing in it stands against a second answer: that there is only one is for the app to see to. */
export const answer = aggregate('answer', {
  id: 'answerId',
  events: { Answered: z.object({ eventId: z.string() }) },
  initial: {},
  evolve: {},
  commands: {
    Answer: {
      input: z.object({ answerId: z.string(), eventId: z.string() }),
      decide: ({ eventId }) => ({ type: 'Answered', data: { eventId } }),
    },
  },
})

/** Writes a line for each event, of which one write is one line whoever else writes, and sends one command. */
export function running(file: string): Part {
  return reactor('running', {
    from: [errand],
    on: {
      Asked: async ({ id, streamId, version }, { execute }) => {
        appendFileSync(file, `${streamId} ${version} ${id} ${process.pid}\n`)
        await execute(answer.commands.Answer({ answerId: streamId, eventId: id }))
      },
    },
    retry: { firstDelayMs: 10 },
    start: 'beginning',
  })
}

/** An event as it would be stored by `Ask`, for logs that are made in bulk. */
export function asked(n: number): NewEvent {
  return {
    id: v7(),
    type: 'Asked',
    schemaVersion: 1,
    data: JSON.stringify({ n }),
    metadata: '{}',
    tags: [],
    occurredAt: null,
    commandId: null,
    correlationId: null,
  }
}
