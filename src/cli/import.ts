import { createHash } from 'node:crypto'
import { createReadStream, existsSync, rmSync } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Command } from 'commander'
import { KhataError } from '../model/error.ts'
import type { StoredEvent } from '../ports/event-store.ts'
import { addCommand, optionsOf } from './command.ts'
import { interruptSignal } from './interrupt.ts'
import { damaged, eventOf, type LogHeader, parseLine } from './log-line.ts'
import { filePathOf, openStore } from './open.ts'
import { printJson, say, suggest } from './output.ts'
import { grouped, progress } from './progress.ts'

const batchSize = 1_000

/**
 * `khata import`: an exported log into an empty store. The file is read twice: nothing is written before it is known to
 * be whole.
 */
export function addImport(program: Command): void {
  addCommand(program, {
    usage: 'import <file>',
    summary: 'read an exported log into an empty store: ids, positions, versions and times stay',
    examples: ['khata import backup.ndjson.gz --store sqlite:restored.db'],
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
    stopIf(signal)
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

/** Writes the events of a file that was checked. A store that this made is removed again when it cannot be finished. */
async function write(file: string, total: number, signal: AbortSignal, options: { readonly store?: string }): Promise<void> {
  let made: string | null = null
  const bar = progress('Importing')
  try {
    const path = filePathOf(options.store ?? '')
    const isNew = path !== null && !existsSync(path)
    await using store = await openStore(options, { create: true })
    if (isNew) made = path
    const { position } = await store.events.head()
    if (position > 0) {
      throw new KhataError(
        'usage',
        `A log is imported into an empty store only; ${store.name} has ${grouped(position)} events.`,
        null,
      )
    }
    let batch: StoredEvent[] = []
    let done = 0
    const flush = async () => {
      await store.importLog(batch)
      done += batch.length
      batch = []
      bar.show(done, total)
    }
    let lineNumber = 0
    for await (const line of linesOf(file)) {
      stopIf(signal)
      if (++lineNumber === 1) continue
      if (lineNumber > total + 1) break
      batch.push(eventOf(line, lineNumber))
      if (batch.length === batchSize) await flush()
    }
    await flush()
  } catch (error) {
    for (const suffix of made === null ? [] : ['', '-wal', '-shm']) rmSync(`${made}${suffix}`, { force: true })
    throw error
  } finally {
    bar.end()
  }
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

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new KhataError('usage', 'Interrupted: nothing was imported.', null)
}
