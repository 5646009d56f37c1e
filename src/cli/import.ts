import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Command } from 'commander'
import { KhataError } from '../model/error.ts'
import type { Engine } from '../ports/engine.ts'
import type { Head, StoredEvent } from '../ports/event-store.ts'
import { beginImport, checkCopied, importedLength } from '../runtime/whole-log.ts'
import { addCommand, optionsOf } from './command.ts'
import { Interrupted, interruptSignal } from './interrupt.ts'
import { damaged, eventOf, type LogHeader, parseLine } from './log-line.ts'
import { openStore } from './open.ts'
import { printJson, say, suggest } from './output.ts'
import { grouped, progress } from './progress.ts'

const batchSize = 1_000
/** Characters of data and metadata in one batch, unless its last event has more. */
const batchLength = 16 * 1024 * 1024

/**
 * `khata import`: an exported log into an empty store. The file is read twice: nothing is written before it is known to
 * be whole.
 */
export function addImport(program: Command): void {
  addCommand(program, {
    usage: 'import <file>',
    summary: 'read an exported log into an empty store: ids, positions, versions and times stay',
    examples: [
      'khata import backup.ndjson.gz --store sqlite:restored.db',
      'khata import backup.ndjson.gz --store postgres://khata@db.example/shop    stopped half-way: the same again goes on',
    ],
  }).action(async (file: string, _options, command: Command) => {
    const options = optionsOf(command)
    const signal = interruptSignal()
    if (!existsSync(file)) throw new KhataError('usage', `There is no file ${file}.`, null)
    const { events } = await check(file, signal)
    await write(file, events, signal, options)
    if (options.json) await printJson({ file, events }, true)
    say(`${grouped(events)} events are in the store.`)
    suggest('Look whether all is well: khata verify')
  })
}

/** Reads the file to its end. Throws KhataError `store-damaged` when it is not a whole log. */
async function check(file: string, signal: AbortSignal): Promise<LogHeader> {
  const bar = progress('Checking the file')
  const hash = createHash('sha256')
  let header: LogHeader | null = null
  let lineNumber = 0
  let ended = false
  for await (const line of linesOf(file)) {
    if (signal.aborted) throw new Interrupted('interrupted: nothing was imported.')
    lineNumber++
    if (ended) throw damaged(`line ${lineNumber} comes after the end`)
    if (header === null) header = headerOf(line)
    else if (lineNumber <= header.events + 1) {
      if (eventOf(line, lineNumber).position !== lineNumber - 1) throw damaged(`line ${lineNumber} is out of order`)
      hash.update(`${line}\n`)
      bar.show(lineNumber - 1, header.events)
    } else {
      const { end, sha256 } = parseLine(line, lineNumber)
      if (end !== header.events || sha256 !== hash.digest('hex'))
        throw damaged('its last line does not agree with what it holds')
      ended = true
    }
  }
  bar.end()
  if (header === null) throw damaged('the file is empty')
  if (!ended) throw damaged(`it breaks off after ${Math.max(0, lineNumber - 1)} of ${header.events} events`)
  return header
}

/**
 * Writes the events of a file that was checked. What stops it in between leaves a store that nothing but the same import
 * opens; it goes on behind what is there.
 */
async function write(file: string, total: number, signal: AbortSignal, options: { readonly store?: string }): Promise<void> {
  await using store = await openStore(options, { tables: 'make', partial: true })
  const start = await startIn(store, total)
  if (start.position > 0) say(`${store.name} has ${grouped(start.position)} of ${grouped(total)} events: going on behind them.`)
  const bar = progress('Importing')
  try {
    let batch: StoredEvent[] = []
    let length = 0
    let done = start.position
    const flush = async () => {
      await store.importLog(batch)
      done += batch.length
      batch = []
      length = 0
      bar.show(done, total)
    }
    let lineNumber = 0
    for await (const line of linesOf(file)) {
      if (signal.aborted)
        throw new Interrupted(`interrupted: ${grouped(done)} of ${grouped(total)} events are in the store. Run the same again.`)
      if (++lineNumber === 1) continue
      const position = lineNumber - 1
      if (position > total) break
      if (position < start.position) continue
      const event = eventOf(line, lineNumber)
      if (position === start.position) checkSame(store, start, event)
      else {
        length += event.data.length + event.metadata.length
        if (batch.push(event) === batchSize || length > batchLength) await flush()
      }
    }
    await flush()
  } finally {
    bar.end()
  }
}

/** Where the import begins or goes on; a store that is empty or was left in part by the import of such a log. */
async function startIn(store: Engine, total: number): Promise<Head> {
  await checkCopied(store)
  const head = await store.events.head()
  const length = await importedLength(store)
  if (head.position > 0 && head.position >= length) {
    throw new KhataError(
      'usage',
      `A log is imported into an empty store only; ${store.name} has ${grouped(head.position)} events.`,
      null,
    )
  }
  if (head.position > 0 && length !== total) throw otherLog(store, head)
  await beginImport(store, total)
  return head
}

function checkSame(store: Engine, start: Head, event: StoredEvent): void {
  if (event.id !== start.eventId) throw otherLog(store, start)
}

function otherLog(store: Engine, { position }: Head): KhataError<'usage'> {
  return new KhataError(
    'usage',
    `${store.name} has ${grouped(position)} events of another log, whose import was cut short: go on with that one, or take an empty store.`,
    null,
  )
}

function headerOf(line: string): LogHeader {
  const header = parseLine(line, 1)
  if (header['khata'] !== 'log') throw damaged('line 1 is not the first line of an exported log')
  if (header['format'] !== 1) throw damaged(`its format is ${header['format']}; this release reads format 1`)
  if (!Number.isSafeInteger(header['events'])) throw damaged('line 1 does not say how many events follow')
  return header as unknown as LogHeader
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file)
  // The callback only keeps an error from being thrown twice: the loop meets it too.
  const text = file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => {}) : bytes
  let rest = ''
  try {
    for await (const chunk of text.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    throw damaged(`${file} cannot be read to its end (${error instanceof Error ? error.message : error})`)
  }
  if (rest !== '') yield rest
}
