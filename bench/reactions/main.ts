/**
 * Reactors beside job queues with the same durability: jobs that do nothing, handled by 64 handlers at once in one
 * process. Khata keeps the order of each stream as well, which the queues do not.
 *
 *     cd bench/reactions && npm ci && node --conditions=khata-source main.ts [--quick]
 *
 * It measures and never fails. It needs PostgreSQL and `redis-server`.
 */
import { inNewDatabase } from '../postgres/database.ts'
import { contenders } from './contenders.ts'

const quick = process.argv.includes('--quick')
const count = quick ? 3_000 : 20_000
const rounds = quick ? 2 : 3
const concurrency = 64

const rates = new Map<string, number[]>()
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(contenders)) {
    const ms = await inNewDatabase((url) => run(count, concurrency, url))
    rates.set(name, [...(rates.get(name) ?? []), (count / ms) * 1_000])
  }
}
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
const first = median(rates.values().next().value ?? [])
for (const [name, values] of rates) {
  const rate = median(values)
  console.log(
    `${name.padEnd(40)} ${Math.round(rate).toLocaleString('en').padStart(8)} jobs/s   khata on SQLite: ${(first / rate).toFixed(2)} ×`,
  )
}
process.exit(0)
