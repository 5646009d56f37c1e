import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { killImport } from './import-killed.ts'
import { temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())

test('an import into SQLite that is killed leaves a store that nothing uses, and goes on where it was', async () => {
  let made = 0
  const file = (store: string) => store.replace('sqlite:', '')
  await killImport(
    async () => `sqlite:${folder.file(`imported-${++made}.db`)}`,
    async (store) => (existsSync(file(store)) ? eventsIn(file(store)) : 0),
  )
})

function eventsIn(file: string): number {
  const database = new DatabaseSync(file, { timeout: 30_000 })
  try {
    return Number(database.prepare('SELECT coalesce(max(position), 0) AS n FROM event').get()?.['n'])
  } catch (error) {
    // Its tables are being made.
    if (/no such table/.test(String(error))) return 0
    throw error
  } finally {
    database.close()
  }
}
