/**
 * Khata beside the driver `postgres` by hand, emmett-postgresql and Message DB, in one run: same events, same server, same
 * durability, contenders in turn, each in a database of its own.
 *
 *     cd bench/postgres && npm ci && node --conditions=khata-source main.ts [--quick] [--json] [--only='WORDS|WORDS'] [--rounds=5]
 *
 * It measures and never fails; goals are those of the table at the end.
 */
import type { Size } from '../measurement.ts'
import { linesOf, type Result, ratesOf, ratiosOf, summaryOf } from '../table.ts'
import { inNewDatabase } from './database.ts'
import { dropFilled } from './filled.ts'
import { appending } from './measurements/append.ts'
import { commandHandling } from './measurements/commands.ts'
import { enrolment } from './measurements/enrolment.ts'
import { moreProcesses, spreadProcesses } from './measurements/processes.ts'
import { asyncProjection, inlineProjection } from './measurements/projecting.ts'
import { loadStream, readInOrder, readInOrderAsConsumersDo } from './measurements/reading.ts'
import type { Measurement, Sample } from './names.ts'

const flags = process.argv.slice(2)
const quick = flags.includes('--quick')
const json = flags.includes('--json')
const option = (name: string): string | undefined => flags.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
const only = (option('only') ?? '').split('|')
const size: Size = { quick, workMs: quick ? 600 : 2_000, rounds: Number(option('rounds') ?? (quick ? 3 : 5)) }
const measurements = [
  ...appending,
  moreProcesses,
  spreadProcesses,
  loadStream,
  readInOrder,
  readInOrderAsConsumersDo,
  inlineProjection,
  asyncProjection,
  commandHandling,
  enrolment(quick),
]

const results: Result[] = []
for (const measurement of measurements.filter(({ name }) => only.some((words) => name.includes(words)))) {
  const result = await measure(measurement)
  results.push(result)
  if (!json) console.log(linesOf(result).join('\n'))
}
if (json) console.log(JSON.stringify({ node: process.version, quick, results: results.map(report) }, null, 2))
else console.log(summaryOf(results).join('\n'))
await dropFilled()
process.exit(0)

async function measure(measurement: Measurement): Promise<Result> {
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < (measurement.rounds ?? size.rounds); round++) {
    for (const [name, run] of Object.entries(measurement.contenders)) {
      const sample = await inNewDatabase((url) => run(url, size))
      samples.set(name, [...(samples.get(name) ?? []), sample])
    }
  }
  return { measurement, samples }
}

function report(result: Result): object {
  const { name, unit } = result.measurement
  const rates = Object.fromEntries([...ratesOf(result)].map(([contender, rate]) => [contender, Math.round(rate)]))
  return { name, unit, perSecond: rates, ratios: ratiosOf(result) }
}
