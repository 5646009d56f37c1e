import { type AcceptedLine, judge } from './line.ts'
import type { Row } from './source.ts'

/** All accepted lines with one invoice number, in the order of the file. */
export interface Invoice {
  readonly number: string
  readonly lines: readonly [AcceptedLine, ...AcceptedLine[]]
}

/**
 * Gathers lines into invoices. An invoice leaves when its last line was read, so memory holds only those whose lines are
 * still under way: a few, unless the file was sorted by something else.
 *
 * @param lastLines where each invoice ends, from a reading before
 */
export async function* invoicesOf(rows: AsyncIterable<Row>, lastLines: ReadonlyMap<string, number>): AsyncGenerator<Invoice> {
  const open = new Map<string, [AcceptedLine, ...AcceptedLine[]]>()
  for await (const row of rows) {
    const line = judge(row)
    if (line.kind === 'refused') continue
    const lines = open.get(line.invoice)
    if (lines) lines.push(line)
    else open.set(line.invoice, [line])
    if (lastLines.get(line.invoice) !== row.line) continue
    yield { number: line.invoice, lines: open.get(line.invoice) ?? [line] }
    open.delete(line.invoice)
  }
}
