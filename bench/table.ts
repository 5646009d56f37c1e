import type { Comparison, Measurement, Sample } from './measurement.ts'

/** All rounds of a measurement: the samples of each contender by its name, in the order of the rounds. */
export interface Result {
  readonly measurement: Measurement
  readonly samples: ReadonlyMap<string, readonly Sample[]>
}

/** A ratio with its goal, as it is reported. */
export interface Ratio extends Comparison {
  /** The median over the rounds of the ratios within each round. */
  readonly ratio: number
  /** Null where there is no goal. */
  readonly met: boolean | null
}

function rateOf({ operations, ms }: Sample): number {
  return (operations / ms) * 1_000
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** The median rate of each contender, per second. */
export function ratesOf({ samples }: Result): ReadonlyMap<string, number> {
  return new Map([...samples].map(([name, of]) => [name, median(of.map(rateOf))]))
}

/** The comparisons of a measurement, each within its round, where the machine was the same. */
export function ratiosOf({ measurement, samples }: Result): readonly Ratio[] {
  return measurement.comparisons.flatMap((comparison) => {
    const of = samples.get(comparison.of)
    const to = samples.get(comparison.to)
    if (!of?.length || !to?.length) return []
    const ratio = median(of.map((sample, round) => rateOf(sample) / rateOf(to[round] as Sample)))
    return [{ ...comparison, ratio, met: comparison.least === undefined ? null : ratio >= comparison.least }]
  })
}

/** One measurement as lines of text. */
export function linesOf(result: Result): readonly string[] {
  const { name, unit } = result.measurement
  const rates = [...ratesOf(result)].map(
    ([contender, rate]) => `  ${contender.padEnd(40)}${count(rate).padStart(12)} ${unit}/s`,
  )
  const ratios = ratiosOf(result).map(({ of, to, ratio, least, met }) => {
    const goal = least === undefined ? '' : `   goal ${least} ×: ${met ? 'met' : 'MISSED'}`
    return `${`  ${of} to ${to}: `.padEnd(58)}${ratio.toFixed(2)} ×${goal}`
  })
  return [name, ...rates, ...ratios, '']
}

/** Everything at the end: each ratio beside its goal. */
export function summaryOf(results: readonly Result[]): readonly string[] {
  const rows = results.flatMap((result) =>
    ratiosOf(result)
      .filter(({ least }) => least !== undefined)
      .map(({ of, to, ratio, least, met }) => [
        result.measurement.name,
        `${of} to ${to}`,
        ratio.toFixed(2),
        String(least),
        met ? 'met' : 'MISSED',
      ]),
  )
  const all = [['measurement', 'ratio of', 'is', 'goal', ''], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-GB')
}
