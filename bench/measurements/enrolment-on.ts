import type { Engine } from 'khata/ports'
import { type EnrolmentModel, iterate, operationsPerIteration } from '../contenders/enrolment.ts'
import { enrolmentByAggregates } from '../contenders/enrolment-by-aggregates.ts'
import { enrolmentByBoundary } from '../contenders/enrolment-by-boundary.ts'
import type { Measurement } from '../measurement.ts'

/** Opens a store whose log holds so many events of a model's past. `place` is what the runner gave to the round. */
export type OpenLong = (name: string, model: EnrolmentModel, length: number, place: string) => Promise<Engine>

/** The speedrun on a log that holds so many events already. */
function speedrun(name: string, model: EnrolmentModel, length: number, open: OpenLong): Measurement['contenders'][string] {
  return async (place, { workMs }) => {
    await using engine = await open(name, model, length, place)
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

/** One client enrols every student in every course, on a short log and on a long one. Both ways are Khata's. */
export function enrolmentOn(open: OpenLong, short: number, long: number | null): Measurement {
  const name = (way: string, length: number): string => `${way}, ${length.toLocaleString('en-GB')} events`
  const both = (length: number): Measurement['contenders'] => ({
    [name('boundary', length)]: speedrun(name('boundary', length), enrolmentByBoundary, length, open),
    [name('aggregates', length)]: speedrun(name('aggregates', length), enrolmentByAggregates, length, open),
  })
  const longer = (length: number): Measurement['comparisons'] => [
    { of: name('boundary', length), to: name('aggregates', length), least: 1 },
    // "No slower", less what two runs of the same thing differ by.
    { of: name('boundary', length), to: name('boundary', short), least: 0.95 },
  ]
  return {
    name: 'enrolment, 1 client',
    unit: 'operations',
    contenders: { ...both(short), ...(long === null ? {} : both(long)) },
    comparisons: [
      { of: name('boundary', short), to: name('aggregates', short), least: 1 },
      ...(long === null ? [] : longer(long)),
    ],
  }
}
