/**
 * Khata beside the driver `postgres` by hand and emmett-postgresql, in one run: same events, same server, same durability,
 * contenders in turn, each in a database of its own.
 *
 *     cd bench/postgres && npm ci && node --conditions=khata-source main.ts [--quick] [--json] [--only=WORD]
 *
 * It measures and never fails; goals are those of the table at the end.
 */
import type { Size } from '../measurement.ts'
import { linesOf, type Result, ratesOf, ratiosOf, summaryOf } from '../table.ts'
import { inNewDatabase } from './database.ts'
import { appending } from './measurements/append.ts'
import { commandHandling } from './measurements/commands.ts'
import { asyncProjection, inlineProjection } from './measurements/projecting.ts'
import { loadStream, readInOrder } from './measurements/reading.ts'
import type { Measurement, Sample } from './names.ts'

const flags = process.argv.slice(2)
const quick = flags.includes('--quick')
const json = flags.includes('--json')
const only = flags.find((flag) => flag.startsWith('--only='))?.slice('--only='.length) ?? ''
const size: Size = quick ? { quick, workMs: 600, rounds: 3 } : { quick, workMs: 2_000, rounds: 5 }
const measurements = [...appending, loadStream, readInOrder, inlineProjection, asyncProjection, commandHandling]

const results: Result[] = []
for (const measurement of measurements.filter(({ name }) => name.includes(only))) {
  const result = await measure(measurement)
  results.push(result)
  if (!json) console.log(linesOf(result).join('\n'))
}
if (json) console.log(JSON.stringify({ node: process.version, quick, results: results.map(report) }, null, 2))
else console.log(summaryOf(results).join('\n'))
process.exit(0)

async function measure(measurement: Measurement): Promise<Result> {
  const samples = new Map<string, Sample[]>()
  for (let round = 0; round < size.rounds; round++) {
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
