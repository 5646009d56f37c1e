/**
 * A plain sum over the retail file, written apart from the importer and sharing nothing with it: its own reader of CSV,
 * its own arithmetic. What the importer says is held against this.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** What the file comes to, by its own account. */
export interface Reference {
  readonly totals: Record<string, number>
  readonly days: ReadonlyMap<string, Record<string, number>>
  /** Line numbers of refused lines. */
  readonly refused: readonly number[]
  /** For each invoice that is placed or credited: its time, customer, lines and total. */
  readonly invoices: ReadonlyMap<string, { time: string; customer: string; lines: number; total: bigint }>
}

/** Sums up a file by the rules of the import. */
export function referenceOf(path: string): Reference {
  const invoices = new Map<string, { time: string; customer: string; lines: number; total: bigint }>()
  const seen = new Set<string>()
  const refused: number[] = []
  let lines = 0
  for (const { number, fields } of records(gunzipSync(readFileSync(path)).toString('utf8'))) {
    const [invoice = '', , , quantity = '', time = '', price = '', customer = ''] = fields
    lines++
    seen.add(invoice)
    const pieces = BigInt(quantity)
    const hundredthsOfPence = scaled(price)
    const fitting = /^[0-9]+$/.test(invoice) ? pieces > 0n : invoice.startsWith('C') && pieces < 0n
    if (!fitting || hundredthsOfPence <= 0n || hundredthsOfPence % 100n !== 0n) {
      refused.push(number)
      continue
    }
    const value = (pieces < 0n ? -pieces : pieces) * (hundredthsOfPence / 100n)
    const known = invoices.get(invoice) ?? { time, customer, lines: 0, total: 0n }
    invoices.set(invoice, {
      time: time < known.time ? time : known.time,
      customer: known.customer || customer,
      lines: known.lines + 1,
      total: known.total + value,
    })
  }
  return { ...summed(invoices), refused, invoices, totals: totalsOf(invoices, seen.size, lines, refused.length) }
}

function totalsOf(invoices: Reference['invoices'], numbers: number, lines: number, refused: number): Record<string, number> {
  const credits = [...invoices].filter(([number]) => number.startsWith('C'))
  const credited = Number(credits.reduce((sum, [, { total }]) => sum + total, 0n))
  const all = Number([...invoices.values()].reduce((sum, { total }) => sum + total, 0n))
  return {
    orders: invoices.size - credits.length,
    creditNotes: credits.length,
    invoicesRefused: numbers - invoices.size,
    linesAccepted: lines - refused,
    linesRefused: refused,
    gross: all - credited,
    credited,
    net: all - credited - credited,
  }
}

function summed(invoices: Reference['invoices']): Pick<Reference, 'days'> {
  const days = new Map<string, Record<string, number>>()
  for (const [number, { time, total }] of invoices) {
    const date = time.split(' ')[0] ?? ''
    const day = days.get(date) ?? { gross: 0, credited: 0, net: 0, orders: 0, creditNotes: 0 }
    const pence = Number(total)
    const sale = !number.startsWith('C')
    days.set(date, {
      gross: (day['gross'] ?? 0) + (sale ? pence : 0),
      credited: (day['credited'] ?? 0) + (sale ? 0 : pence),
      net: (day['net'] ?? 0) + (sale ? pence : -pence),
      orders: (day['orders'] ?? 0) + (sale ? 1 : 0),
      creditNotes: (day['creditNotes'] ?? 0) + (sale ? 0 : 1),
    })
  }
  return { days }
}

/** A price in hundredths of a penny, of which the file needs a tenth. */
function scaled(price: string): bigint {
  const [whole = '', part = ''] = price.split('.')
  return BigInt(`${whole}${part.padEnd(4, '0')}`)
}

/** Records after the header. This file has no line breaks inside of quotes, which is made sure of. */
function* records(text: string): Generator<{ number: number; fields: string[] }> {
  const lines = text.split('\n')
  for (let index = 1; index < lines.length; index++) {
    const line = (lines[index] ?? '').replace(/\r$/, '')
    if (line === '') continue
    const fields = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((match) => match[1] ?? match[2] ?? '')
    if (fields.length !== 8) throw new Error(`line ${index + 1} has ${fields.length} fields`)
    yield { number: index + 1, fields }
  }
}
