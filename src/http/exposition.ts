/** Prometheus' text format, version 0.0.4. */

/** Seconds; a durable commit is around the first three, a waiting conflict around the last. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** How many observations were at or below each bound. */
export interface Histogram {
  readonly buckets: number[]
  sum: number
  count: number
}

/** An empty histogram of durations. */
export function histogram(): Histogram {
  return { buckets: bounds.map(() => 0), sum: 0, count: 0 }
}

/** Adds a duration in seconds. */
export function observe(histogram: Histogram, seconds: number): void {
  for (const [index, bound] of bounds.entries()) {
    if (seconds <= bound) histogram.buckets[index] = (histogram.buckets[index] ?? 0) + 1
  }
  histogram.sum += seconds
  histogram.count++
}

/** Label text as samples carry it: `{command="Withdraw"}`. */
export function labels(values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

/** The lines of one metric; its samples by label text. */
export function family(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  samples: ReadonlyMap<string, number>,
): readonly string[] {
  return [...heading(name, type, help), ...[...samples].map(([label, value]) => `${name}${label} ${value}`)]
}

function heading(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

/** The lines of a metric of durations; its histograms by label text. */
export function histogramFamily(name: string, help: string, histograms: ReadonlyMap<string, Histogram>): readonly string[] {
  const lines = [...heading(name, 'histogram', help)]
  for (const [label, { buckets, sum, count }] of histograms) {
    for (const [index, bound] of bounds.entries()) {
      lines.push(`${name}_bucket${withBound(label, String(bound))} ${buckets[index]}`)
    }
    lines.push(
      `${name}_bucket${withBound(label, '+Inf')} ${count}`,
      `${name}_sum${label} ${sum}`,
      `${name}_count${label} ${count}`,
    )
  }
  return lines
}

function withBound(label: string, bound: string): string {
  return `${label.slice(0, -1)},le="${bound}"}`
}
