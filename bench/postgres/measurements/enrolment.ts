import type { Engine } from 'khata/ports'
import { openPostgres } from '../../../src/postgres/index.ts'
import { type EnrolmentModel, fillEnrolments } from '../../contenders/enrolment.ts'
import { enrolmentByAggregates } from '../../contenders/enrolment-by-aggregates.ts'
import { enrolmentByBoundary } from '../../contenders/enrolment-by-boundary.ts'
import type { Measurement } from '../../measurement.ts'
import { enrolmentOn } from '../../measurements/enrolment-on.ts'
import { filledDatabase, keepFilling, keptDatabase } from '../filled.ts'

const short = 10_000
const long = 5_000_000

const longNames = new Map<EnrolmentModel, string>([
  [enrolmentByBoundary, `enrolment by boundary, ${long} events`],
  [enrolmentByAggregates, `enrolment by aggregates, ${long} events`],
])

async function open(name: string, model: EnrolmentModel, length: number): Promise<Engine> {
  if (length === long) return openPostgres(await keptDatabase(longNames.get(model) ?? ''))
  const url = await filledDatabase(`enrolment, ${name}`, async (url) => {
    await using engine = await openPostgres(url)
    await fillEnrolments(engine, model, length)
  })
  return openPostgres(url)
}

/** The speedrun on PostgreSQL, on a short log and on one that `long-logs.ts` filled. */
export function enrolment(quick: boolean): Measurement {
  return enrolmentOn(open, short, quick ? null : long)
}

/** Goes on filling the long logs for so long; says how far each is. */
export async function fillLongLogs(forMs: number, tell: (line: string) => void): Promise<boolean> {
  const end = performance.now() + forMs
  let whole = true
  for (const [model, name] of longNames) {
    const done = await keepFilling(name, async (url) => {
      await using engine = await openPostgres(url)
      await fillEnrolments(engine, model, long, end - performance.now())
      const { position } = await engine.events.head()
      tell(`${name}: ${position}`)
      return position >= long
    })
    if (done) tell(`${name}: there`)
    whole &&= done
  }
  return whole
}
