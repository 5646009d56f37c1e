import { mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { openSqlite } from 'khata/sqlite'
import { type EnrolmentModel, fillEnrolments, iterate, operationsPerIteration } from '../contenders/enrolment.ts'
import { enrolmentByAggregates } from '../contenders/enrolment-by-aggregates.ts'
import { enrolmentByBoundary } from '../contenders/enrolment-by-boundary.ts'
import type { Measurement } from '../measurement.ts'

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

/** The speedrun on a log that holds so many events already. */
function speedrun(name: string, model: EnrolmentModel, length: number): Measurement['contenders'][string] {
  return async (file, { workMs }) => {
    await using engine = await openSqlite(await filledFile(name, dirname(dirname(file)), model, length))
    const enrolments = await model.open(engine)
    await iterate(enrolments, crypto.randomUUID())
    const start = performance.now()
    let iterations = 0
    for (; performance.now() - start < workMs; iterations++) await iterate(enrolments, crypto.randomUUID())
    const ms = performance.now() - start
    await enrolments.close()
    return { operations: iterations * operationsPerIteration, ms }
  }
}

const boundary = 'boundary, 10,000 events'
const aggregates = 'aggregates, 10,000 events'
const longBoundary = 'boundary, 1,000,000 events'
const longAggregates = 'aggregates, 1,000,000 events'

const short = {
  [boundary]: speedrun(boundary, enrolmentByBoundary, 10_000),
  [aggregates]: speedrun(aggregates, enrolmentByAggregates, 10_000),
}

const long = {
  [longBoundary]: speedrun(longBoundary, enrolmentByBoundary, 1_000_000),
  [longAggregates]: speedrun(longAggregates, enrolmentByAggregates, 1_000_000),
}

/** One client enrols every student in every course. Both ways are Khata's. */
export function enrolment(quick: boolean): Measurement {
  const longer = [
    { of: longBoundary, to: longAggregates, least: 1 },
    // "No slower", less what two runs of the same thing differ by.
    { of: longBoundary, to: boundary, least: 0.95 },
  ]
  return {
    name: 'enrolment, 1 client',
    unit: 'operations',
    contenders: { ...short, ...(quick ? {} : long) },
    comparisons: [{ of: boundary, to: aggregates, least: 1 }, ...(quick ? [] : longer)],
  }
}
