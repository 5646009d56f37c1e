import { khata, reactor } from 'khata'
import type { Engine } from 'khata/ports'
import { openSqlite } from 'khata/sqlite'
import { openPostgres } from '../../../../src/postgres/index.ts'
import { account, inlineBalances } from '../../../contenders/khata-app.ts'
import { newEvent } from '../../../contenders/khata-store.ts'
import type { Deposited } from '../../../shape.ts'
import { keyedData, type OpenProbed, type ProbedStore } from '../store.ts'

function probed(engine: Engine, counts: Awaited<ReturnType<typeof counting>> | null): ProbedStore {
  const keyOf = ({ data }: { readonly data: string }): string => (JSON.parse(data) as Deposited).note
  return {
    append: async (streamId, expected, key) => {
      if (counts) return counts.append(streamId, expected, key)
      const events = [newEvent(keyedData(streamId, key))]
      const { outcome } = await engine.events.commit({ appends: [{ category: 'account', streamId, expected, events }] })
      return outcome === 'committed'
    },
    stream: async (streamId) => {
      const events = await engine.events.readStream({ category: 'account', streamId, limit: 1_000 })
      return { keys: events.map(keyOf), version: events.at(-1)?.version ?? 0 }
    },
    consume: async (see) => {
      const seen = reactor('seen', { from: [account], start: 'beginning', on: { Deposited: ({ data }) => see(data.note) } })
      const app = await khata({ store: engine, use: [account, seen] })
      return () => app.close()
    },
    catchUp: async () => {
      const keys: string[] = []
      for (let after = 0; ; ) {
        const page = await engine.events.readLog({ after, limit: 100 })
        keys.push(...page.events.map(keyOf))
        after = page.scannedTo
        if (page.events.length < 100) return keys
      }
    },
    ...(counts ? { counted: counts.of } : {}),
    close: async () => {
      await counts?.close()
      await engine.close()
    },
  }
}

/** Appends through commands, with balances in the same commit. */
async function counting(engine: Engine) {
  const app = await khata({ store: engine, use: [account, inlineBalances] })
  return {
    append: async (accountId: string, expectedVersion: number, key: string): Promise<boolean> => {
      try {
        await app.execute('Deposit', keyedData(accountId, key), { expectedVersion })
        return true
      } catch (error) {
        if (['precondition-failed', 'conflict'].includes((error as { code: string }).code)) return false
        throw error
      }
    },
    of: async (id: string): Promise<number> => (await app.views['inline-balances'].get(id))?.count ?? 0,
    close: () => app.close(),
  }
}

/** Khata on PostgreSQL. */
export const khataOnPostgres: OpenProbed = async (url) => probed(await openPostgres(url), null)

/** Khata on PostgreSQL with an inline view. */
export const countingKhataOnPostgres: OpenProbed = async (url) => {
  const engine = await openPostgres(url)
  return probed(engine, await counting(engine))
}

/** Khata on SQLite with an inline view. */
export const countingKhataOnSqlite: OpenProbed = async (file) => {
  const engine = await openSqlite(file)
  return probed(engine, await counting(engine))
}
