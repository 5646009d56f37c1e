import { withoutSecrets } from '../model/without-secrets.ts'
import type { Examination } from '../ports/examination.ts'
import { type Connection, connect } from './connection.ts'
import { examineActivity } from './doctor-activity.ts'
import { examineIndexes } from './doctor-indexes.ts'
import { examineServer } from './doctor-server.ts'
import { examineSizes } from './doctor-sizes.ts'
import { failureOf, lockNotAvailable, sqlState } from './failure.ts'
import { checkThere } from './migrate.ts'
import { type PostgresOptions, settingsOf } from './options.ts'

/**
 * Examines the database of a store: sizes, bloat, indexes, who holds what, and settings that endanger what was
 * acknowledged. Reads only what the server knows of itself, so that it is quick with any number of events.
 * @throws KhataError `setting`, `store-unavailable`
 */
export async function examine(url: string, options: PostgresOptions = {}): Promise<Examination> {
  const settings = settingsOf(url, options)
  try {
    const connection = await connect(settings)
    try {
      await checkThere(connection, settings)
      const parts: Examination[] = []
      // Who holds what comes first: it says why the others may have to wait.
      for (const part of [examineActivity, examineServer, examineSizes, examineIndexes]) {
        parts.push(await inTime(connection, () => part(connection, settings.schema)))
      }
      return { measures: parts.flatMap(({ measures }) => measures), findings: parts.flatMap(({ findings }) => findings) }
    } finally {
      await connection.close()
    }
  } catch (error) {
    throw failureOf(error, withoutSecrets(url))
  }
}

/** Even the size of a table is not told while somebody has locked it. */
async function inTime(connection: Connection, work: () => Promise<Examination>): Promise<Examination> {
  await connection.run('BEGIN READ ONLY; SET LOCAL lock_timeout = 2000; SET LOCAL statement_timeout = 60000')
  try {
    return await work()
  } catch (error) {
    if (sqlState(error) !== lockNotAvailable) throw error
    const found = 'A table is locked, so that not everything could be examined.'
    const advice = 'End what holds the lock, then examine again.'
    return { measures: [], findings: [{ weight: 'problem', about: 'blocking', found, advice }] }
  } finally {
    await connection.run('ROLLBACK')
  }
}
