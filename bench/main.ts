/**
 * Khata beside raw `node:sqlite` and emmett-sqlite, in one run: same events, same durability, contenders in turn.
 *
 *     npm run bench -- [--quick] [--json] [--only=WORD]
 *
 * It measures and never fails: `README.md` says how to read it.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inNewDirectory, type Measurement, type Sample, type Size } from './measurement.ts'
import { measurementsFor } from './measurements.ts'
import { linesOf, type Result, ratesOf, ratiosOf, summaryOf } from './table.ts'

const flags = process.argv.slice(2)
const quick = flags.includes('--quick')
const json = flags.includes('--json')
const only = flags.find((flag) => flag.startsWith('--only='))?.slice('--only='.length) ?? ''
const size: Size = quick ? { quick, workMs: 250, rounds: 3 } : { quick, workMs: 2_000, rounds: 5 }

const place = join(import.meta.dirname, '../.bench')
mkdirSync(place, { recursive: true })

const results: Result[] = []
for (const measurement of measurementsFor(size).filter(({ name }) => name.includes(only))) {
  const result = await measure(measurement)
  results.push(result)
  if (!json) console.log(linesOf(result).join('\n'))
}
if (json) console.log(JSON.stringify({ node: process.version, quick, results: results.map(report) }, null, 2))
else console.log(summaryOf(results).join('\n'))

async function measure(measurement: Measurement): Promise<Result> {
  const samples = new Map<string, Sample[]>()
  const contenders = Object.entries(measurement.contenders)
  for (let round = 0; round < size.rounds; round++) {
    for (const [name, run] of contenders) {
      const sample = await inNewDirectory(place, (directory) => run(join(directory, 'store.db'), size))
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
