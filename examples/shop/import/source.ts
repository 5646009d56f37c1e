import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, type Info, parse } from 'csv-parse'
import { ImportProblem } from './problem.ts'

/** The columns of the Online Retail file, in the order that the refused file keeps. */
export const columns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const

/** One record of the file. */
export interface Row {
  /** The line of the file on which it begins; the header is line 1. */
  readonly line: number
  /** The values in the order of `columns`; other columns of the file are left out. */
  readonly values: readonly string[]
  /** Whether the record has as many fields as the header. */
  readonly complete: boolean
}

/**
 * The records of a CSV file, plain or compressed with gzip, read as they are asked for.
 * @throws ImportProblem when the file is missing, not what its name says, cut off, or has not the columns
 */
export async function* rowsOf(file: string): AsyncGenerator<Row> {
  const zipped = await isZipped(file)
  const parser = parse({
    bom: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: 1_048_576,
  })
  const streams = zipped ? [createReadStream(file), createGunzip(), parser] : [createReadStream(file), parser]
  // Errors come out of the loop below: a pipeline hands them on to its last stream.
  pipeline(streams, () => {})
  let places: readonly number[] | null = null
  let fields = 0
  let pairs = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      if (!places) {
        places = placesOf(file, record)
        fields = record.length
        continue
      }
      // csv-parse counts a quoted line break of two characters as two lines.
      pairs += count(record, /\r\n/g)
      const line = info.lines - pairs - count(record, /\r\n|\r|\n/g)
      yield { line, values: places.map((place) => record[place] ?? ''), complete: record.length === fields }
    }
  } catch (cause) {
    throw problemOf(file, cause)
  }
  if (!places) throw new ImportProblem(`${file} is empty: expected a header with ${columns.join(', ')}.`)
}

function placesOf(file: string, header: readonly string[]): readonly number[] {
  const names = header.map((name) => name.trim())
  const missing = columns.filter((column) => !names.includes(column))
  if (missing.length > 0) throw new ImportProblem(`${file} has no column ${missing.join(', ')} in its first line.`)
  return columns.map((column) => names.indexOf(column))
}

function count(record: readonly string[], breaks: RegExp): number {
  return record.reduce((sum, field) => sum + (field.match(breaks)?.length ?? 0), 0)
}

/** By the first bytes of the file; a name that promises gzip must hold it. */
async function isZipped(file: string): Promise<boolean> {
  try {
    await using handle = await open(file)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    const zipped = bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b
    if (!zipped && file.endsWith('.gz')) throw new ImportProblem(`${file} is not a gzip file.`)
    return zipped
  } catch (cause) {
    throw problemOf(file, cause)
  }
}

function problemOf(file: string, cause: unknown): unknown {
  if (cause instanceof ImportProblem) return cause
  if (cause instanceof CsvError) return new ImportProblem(`${file} is not a CSV file: ${cause.message}.`, { cause })
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT') return new ImportProblem(`There is no file ${file}.`, { cause })
  if (code === 'EISDIR') return new ImportProblem(`${file} is a folder, not a file.`, { cause })
  if (code === 'EACCES') return new ImportProblem(`${file} may not be read.`, { cause })
  if (code?.startsWith('Z_')) return new ImportProblem(`${file} is damaged or cut off: ${(cause as Error).message}.`, { cause })
  return cause
}
