import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { realpath, rename, rm, stat } from 'node:fs/promises'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Command } from 'commander'
import type { Engine } from '../ports/engine.ts'
import { addCommand, optionsOf } from './command.ts'
import { interruptSignal } from './interrupt.ts'
import { type LogHeader, type LogTrailer, lineOf } from './log-line.ts'
import { openStore } from './open.ts'
import { printJson, say } from './output.ts'
import { isSystemError, OutputProblem } from './output-problem.ts'
import { grouped, type Progress, progress } from './progress.ts'

const pageLimit = 1_000

/** `khata export`: the whole log as it is now, as text. */
export function addExport(program: Command): void {
  addCommand(program, {
    usage: 'export [file]',
    summary: 'write the whole log as NDJSON, to stdout or a file; compressed when its name ends in .gz',
    examples: ['khata export backup.ndjson.gz', 'khata export --store sqlite:shop.db | grep OrderPlaced'],
  }).action(async (file: string | undefined, _options, command: Command) => {
    const options = optionsOf(command)
    const signal = interruptSignal()
    await using store = await openStore(options)
    const header = await headerOf(store)
    const bar = progress('Exporting')
    try {
      const lines = Readable.from(exportLines(store, header, bar))
      if (file === undefined) await pipeline(lines, process.stdout, { signal, end: false })
      else await writeWhole(lines, file, signal)
    } finally {
      bar.end()
    }
    if (file === undefined) return
    if (options.json) await printJson({ file, events: header.events }, true)
    say(`${grouped(header.events)} events are in ${file}. Read them back with: khata import ${file} --store sqlite:new.db`)
  })
}

/** A file appears under its name only when it is whole; a pipe or a device is written to as it is. */
async function writeWhole(lines: Readable, file: string, signal: AbortSignal): Promise<void> {
  try {
    const there = await stat(file).catch(() => null)
    if (there && !there.isFile() && !there.isDirectory()) {
      await write(lines, file, createWriteStream(file), signal)
      return
    }
    // Behind a link is the file that is meant. Two exports at once have a partial file each: the last one stays.
    const place = there ? await realpath(file) : file
    const partial = `${place}.${randomUUID()}.partial`
    try {
      await write(lines, file, createWriteStream(partial, { flags: 'wx', flush: true }), signal)
      await rename(partial, place)
    } catch (error) {
      await rm(partial, { force: true }).catch(() => {})
      throw error
    }
  } catch (error) {
    throw isSystemError(error) ? new OutputProblem(file, error) : error
  }
}

function write(lines: Readable, name: string, target: Writable, signal: AbortSignal): Promise<void> {
  return name.endsWith('.gz') ? pipeline(lines, createGzip(), target, { signal }) : pipeline(lines, target, { signal })
}

async function headerOf(store: Engine): Promise<LogHeader> {
  const { storeId, epoch } = await store.identity()
  const { position } = await store.events.head()
  return { khata: 'log', format: 1, storeId, epoch, events: position }
}

async function* exportLines(store: Engine, header: LogHeader, bar: Progress): AsyncGenerator<string> {
  yield `${JSON.stringify(header)}\n`
  const hash = createHash('sha256')
  let after = 0
  while (after < header.events) {
    const { events } = await store.events.readLog({ after, upTo: header.events, limit: pageLimit })
    if (events.length === 0) break
    const text = events.map((event) => `${lineOf(event)}\n`).join('')
    hash.update(text)
    after = events.at(-1)?.position ?? after
    bar.show(after, header.events)
    yield text
  }
  yield `${JSON.stringify({ end: after, sha256: hash.digest('hex') } satisfies LogTrailer)}\n`
}
