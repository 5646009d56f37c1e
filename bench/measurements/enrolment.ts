import { mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openSqlite } from 'khata/sqlite'
import { type EnrolmentModel, fillEnrolments } from '../contenders/enrolment.ts'
import type { Measurement } from '../measurement.ts'
import { enrolmentOn } from './enrolment-on.ts'

/** Long logs by what is in them: filled once, then used by every round. */
const filled = new Map<string, Promise<string>>()

function filledFile(name: string, parent: string, model: EnrolmentModel, length: number): Promise<string> {
  const known = filled.get(name)
  if (known) return known
  const fill = async (): Promise<string> => {
    const directory = mkdtempSync(join(parent, 'filled-'))
    process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
    const file = join(directory, 'store.db')
    await using engine = await openSqlite(file)
    await fillEnrolments(engine, model, length)
    return file
  }
  const file = fill()
  filled.set(name, file)
  return file
}

/** The speedrun on SQLite. */
export function enrolment(quick: boolean): Measurement {
  return enrolmentOn(
    async (name, model, length, place) => openSqlite(await filledFile(name, dirname(dirname(place)), model, length)),
    10_000,
    quick ? null : 1_000_000,
  )
}
