/** A business with a side effect: for each coin a line in the file `BELL_FILE`, unless the file `BELL_BROKEN` is there. */
import { appendFileSync, existsSync } from 'node:fs'
import { aggregate, reactor } from 'khata'
import { defineConfig } from 'khata/config'
import * as z from 'zod'

const well = aggregate('well', {
  id: 'wellId',
  events: { CoinDropped: z.object({ coins: z.int().positive() }) },
  initial: {},
  evolve: {},
  commands: {
    Drop: {
      input: z.object({ wellId: z.string(), coins: z.int().positive() }),
      decide: ({ coins }) => ({ type: 'CoinDropped', data: { coins } }),
    },
  },
})

const bell = reactor('bell', {
  from: [well],
  on: {
    CoinDropped: ({ streamId, data }) => {
      if (existsSync(process.env['BELL_BROKEN'] ?? '')) throw new Error('the bell is broken')
      appendFileSync(process.env['BELL_FILE'] ?? '', `${streamId}:${data.coins}\n`)
    },
  },
  retry: { attempts: 1 },
  start: 'beginning',
})

export default defineConfig({ use: [well, bell], port: 0 })
