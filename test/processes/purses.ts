/** Purses and what is in them, by a projection that takes its time. */
import { projection } from 'khata'
import * as z from 'zod'
import { purse } from '../../src/runtime/ledger.fixture.ts'

const workMs = 0.05

function moved(document: { balance: number; moves: number } | null, by: number) {
  for (const end = performance.now() + workMs; performance.now() < end; );
  return { balance: (document?.balance ?? 0) + by, moves: (document?.moves ?? 0) + 1 }
}

/** What is in each purse. */
const contents = projection('contents', {
  from: [purse],
  document: z.object({ balance: z.int(), moves: z.int() }),
  key: (event) => event.streamId,
  on: {
    MoneyAdded: (document, { data }) => moved(document, data.amount),
    MoneyTaken: (document, { data }) => moved(document, -data.amount),
  },
})

export const parts = [purse, contents] as const
