import { type AcceptedLine, judge, type RefusedLine } from './line.ts'
import type { Row } from './source.ts'

/** What the whole file comes to; money in pence. */
export interface Totals {
  readonly orders: number
  readonly creditNotes: number
  /** Invoice numbers without any accepted line. */
  readonly invoicesRefused: number
  readonly linesAccepted: number
  readonly linesRefused: number
  readonly gross: number
  readonly credited: number
  readonly net: number
}

/** What a first reading of the file found. */
export interface Survey {
  readonly totals: Totals
  /** For each invoice with an accepted line, the number of its last one: its lines need not be adjacent. */
  readonly lastLines: ReadonlyMap<string, number>
}

/**
 * Reads a file once: counts and sums, hands every refused line on, and learns where each invoice ends. Only one number
 * for each invoice is kept.
 */
export async function survey(
  rows: AsyncIterable<Row>,
  onRefused: (row: Row, refused: RefusedLine) => void | Promise<void>,
  onLine: (lines: number) => void,
): Promise<Survey> {
  const lastLines = new Map<string, number>()
  const others = new Set<string>()
  let orders = 0
  let creditNotes = 0
  let linesAccepted = 0
  let linesRefused = 0
  let gross = 0
  let credited = 0

  const accept = (line: AcceptedLine) => {
    linesAccepted++
    const first = !lastLines.has(line.invoice)
    if (line.kind === 'sale') {
      gross += line.quantity * line.price
      if (first) orders++
    } else {
      credited += line.quantity * line.price
      if (first) creditNotes++
    }
  }

  for await (const row of rows) {
    const line = judge(row)
    if (line.kind === 'refused') {
      linesRefused++
      if (line.invoice !== '') others.add(line.invoice)
      await onRefused(row, line)
    } else {
      accept(line)
      lastLines.set(line.invoice, row.line)
    }
    onLine(linesAccepted + linesRefused)
  }
  let invoicesRefused = 0
  for (const invoice of others) if (!lastLines.has(invoice)) invoicesRefused++
  const totals = { orders, creditNotes, invoicesRefused, linesAccepted, linesRefused, gross, credited, net: gross - credited }
  return { totals, lastLines }
}
