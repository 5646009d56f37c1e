/** A view that takes `EVENT_MS` for each event: long enough to be looked at, and interrupted, while it is rebuilt. */
import { aggregate, projection } from 'khata'
import { defineConfig } from 'khata/config'
import * as z from 'zod'

const counter = aggregate('counter', {
  id: 'counterId',
  events: { Counted: z.object({}) },
  initial: {},
  evolve: {},
  commands: {
    Count: {
      input: z.object({ counterId: z.string(), times: z.int() }),
      decide: ({ times }) => Array.from({ length: times }, () => ({ type: 'Counted' as const, data: {} })),
    },
  },
})

const eventMs = Number(process.env['EVENT_MS'] ?? 0)

const counts = projection('counts', {
  from: [counter],
  document: z.object({ count: z.int() }),
  key: (event) => event.streamId,
  on: {
    Counted: (doc) => {
      const until = performance.now() + eventMs
      while (performance.now() < until) {}
      return { count: (doc?.count ?? 0) + 1 }
    },
  },
})

export default defineConfig({ use: [counter, counts] })
