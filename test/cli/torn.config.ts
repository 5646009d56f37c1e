/** Two views of one log; with `TORN`, nobody can tell any more which document of the second an event belongs to. */
import { aggregate, projection } from 'khata'
import { defineConfig } from 'khata/config'
import * as z from 'zod'

const sheet = aggregate('sheet', {
  id: 'sheetId',
  events: { Printed: z.object({ copies: z.int() }) },
  initial: {},
  evolve: {},
  commands: {
    Print: {
      input: z.object({ sheetId: z.string(), copies: z.int() }),
      decide: ({ copies }) => ({ type: 'Printed', data: { copies } }),
    },
  },
})

const copies = projection('copies', {
  from: [sheet],
  document: z.object({ copies: z.int() }),
  key: ({ streamId }) => streamId,
  on: { Printed: (document, { data }) => ({ copies: (document?.copies ?? 0) + data.copies }) },
})

const prints = projection('prints', {
  from: [sheet],
  document: z.object({ count: z.int() }),
  key: ({ streamId }) => {
    if (process.env['TORN']) throw new Error('the sheet is torn')
    return streamId
  },
  on: { Printed: (document) => ({ count: (document?.count ?? 0) + 1 }) },
})

export default defineConfig({ use: [sheet, copies, prints] })
