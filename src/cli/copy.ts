import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { isKhataError, KhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import { beginCopy, endCopy } from '../runtime/whole-log.ts'
import { addCommand, optionsOf } from './command.ts'
import { compareCommands, copyCommands } from './copy-commands.ts'
import { compareLogs } from './copy-compare.ts'
import { checkNotAtWork, givePlaces, placesOf } from './copy-consumers.ts'
import { type CopyWork, copyLog } from './copy-log.ts'
import { checkReached, checkSame, copiedTo } from './copy-place.ts'
import { exitCode } from './exit-code.ts'
import { interruptSignal } from './interrupt.ts'
import { openNamed } from './open.ts'
import { operatorOf } from './operator.ts'
import { printJson, printLine, say, suggest } from './output.ts'
import { grouped, progress } from './progress.ts'

interface CopyOptions {
  readonly from: string
  readonly to: string
  readonly follow?: boolean
  readonly untilCaughtUp?: boolean
  readonly verify?: boolean
}

/** How far a copy has come. */
interface Standing {
  copied: Position
  /** Compared up to here, with `--verify`. */
  compared: Position
  readonly findings: string[]
  /** When idempotency keys were looked at, by `performance.now()`. */
  commandsAt: number
  /** Whether the target is marked as not whole. */
  marked: boolean
}

const lookEveryMs = 1_000
const firstPauseMs = 500
const longestPauseMs = 10_000
/** The keys are read as a whole: not for every event that comes. */
const commandsEveryMs = 10_000

const about = `
Copied: every event with its id, position, version and times; how far reactors and processes are, their dead letters and
timers, so that nothing is sent twice; idempotency keys with their receipts and the time they are kept, so that a command that
is sent again to the copy has no second effect. Not copied: views, which are built from the log,
though without the events that were discarded for their documents; snapshots; other notes.

Until it has ended, nothing uses the target: when it was cut short, the same copy again goes on. Ctrl-C ends --follow, once
it has caught up, with a target that is whole.

To move with a short stop: copy --follow while the old store works; stop its processes; run copy once more with
--verify; start on the new store. Clients' tokens are of the old store: they are told so, and read again.`

/** `khata copy`: the log of one store into another one, of the same or of another kind. */
export function addCopy(program: Command): void {
  addCommand(program, {
    usage: 'copy',
    summary: 'copy the log of a store into another one, ids, positions, versions and times kept',
    examples: [
      'khata copy --from sqlite:shop.db --to postgres://khata@db.example/shop --verify',
      'khata copy --from sqlite:shop.db --to postgres://khata@db.example/shop --follow    and go on with what comes',
    ],
  })
    .requiredOption('--from <url>', 'the store that is read')
    .requiredOption('--to <url>', 'an empty store, or one that such a copy has begun to fill: it goes on there')
    .option('--follow', 'go on with what comes until Ctrl-C')
    .option('--until-caught-up', 'with --follow: end when there is nothing more to copy')
    .option('--verify', 'compare every event of the two, byte for byte')
    .addHelpText('after', about)
    .action(async (_options, command: Command) => {
      const options = optionsOf<CopyOptions>(command)
      if (options.untilCaughtUp && !options.follow) throw wrong('--until-caught-up goes with --follow.')
      const signal = interruptSignal()
      await using from = await openNamed(options.from)
      await using to = await openNamed(options.to, { tables: 'make', partial: true })
      const by = operatorOf(undefined).by
      const standing: Standing = {
        copied: (await copiedTo(from, to, by)).position,
        compared: 0,
        findings: [],
        commandsAt: Number.NEGATIVE_INFINITY,
        marked: false,
      }
      if (standing.copied > 0) say(`${to.name} has ${grouped(standing.copied)} events already: going on behind them.`)
      const whole = await copy({ from, to, signal }, standing, options)
      if (whole) await endCopy(to)
      await report(to, standing, options, whole)
    })
}

type Between = Omit<CopyWork, 'bar'>

/** Answers whether the target is a whole copy of what the source was at the end, and nothing in it was found to differ. */
async function copy(between: Between, standing: Standing, options: CopyOptions): Promise<boolean> {
  const caughtUp = await round(between, standing, options)
  if (!options.follow || !caughtUp) return caughtUp
  await follow(between, standing, options)
  if (standing.findings.length > 0) return false
  // Ends with all that came meanwhile, and with what consumers did: only another Ctrl-C stops that.
  standing.commandsAt = Number.NEGATIVE_INFINITY
  return round({ ...between, signal: new AbortController().signal }, standing, options)
}

async function follow(between: Between, standing: Standing, options: CopyOptions): Promise<void> {
  const { from, to, signal } = between
  let told = false
  let pauseMs = firstPauseMs
  const stop = from.onCommit(() => waking.abort())
  let waking = new AbortController()
  try {
    while (!signal.aborted && standing.findings.length === 0) {
      const common = await commonEnd(from, to).catch(() => null)
      if (common !== null) {
        if (options.untilCaughtUp) return
        if (!told) say(`Caught up at ${grouped(common)}; following. End with Ctrl-C.`)
        told = true
        await pause(lookEveryMs, null, { signal: AbortSignal.any([signal, waking.signal]) }).catch(() => {})
        waking = new AbortController()
        continue
      }
      try {
        await round(between, standing, options)
        pauseMs = firstPauseMs
      } catch (error) {
        if (!isKhataError(error, 'store-unavailable')) throw error
        say(`${error.message}; trying again in ${pauseMs / 1_000} s`)
        await pause(pauseMs, null, { signal }).catch(() => {})
        pauseMs = Math.min(2 * pauseMs, longestPauseMs)
      }
    }
  } finally {
    stop()
  }
}

/** Where both end, with the same event; null when they do not. A source that ends before its copy is for the next round. */
async function commonEnd(from: Engine, to: Engine): Promise<Position | null> {
  const [source, target] = await Promise.all([from.events.head(), to.events.head()])
  return source.position === target.position && source.eventId === target.eventId ? source.position : null
}

/**
 * Copies up to the head as it is now, then what consumers have done up to there, then compares. Answers whether all of it
 * is there and the same. What is there already, and what was copied, must be in the source before and after: it may be
 * restored at any moment.
 */
async function round(between: Between, standing: Standing, options: CopyOptions): Promise<boolean> {
  const { verify } = options
  const { from, to, signal } = between
  const start = await checkSame(from, to)
  const before = await from.events.head()
  const places = await placesOf(from)
  const head = await from.events.head()
  if (!standing.marked && (options.follow || start.position < head.position)) {
    await checkNotAtWork(to, places)
    await beginCopy(to)
    standing.marked = true
  }
  const bar = progress('Copying')
  try {
    standing.copied = await copyLog({ ...between, bar }, start, head.position)
  } finally {
    bar.end()
  }
  if (standing.copied < head.position && signal.aborted) return false
  // Places that were read while the source was restored could be ahead of its log.
  await checkReached(from, to, [before, head])
  await givePlaces(to, places)
  if (performance.now() - standing.commandsAt > commandsEveryMs) await commands(between, standing, options)
  if (verify) await compare(between, standing)
  await checkSame(from, to)
  return standing.findings.length === 0
}

/** Compares the events that were not compared yet. */
async function compare({ from, to }: Between, standing: Standing): Promise<void> {
  const bar = progress('Comparing')
  try {
    standing.findings.push(...(await compareLogs(from, to, standing.compared, standing.copied, bar)))
  } finally {
    bar.end()
  }
  standing.compared = standing.copied
}

/** Copies the idempotency keys of what was copied, and compares them. */
async function commands({ from, to }: Between, standing: Standing, { verify }: CopyOptions): Promise<void> {
  await copyCommands(from, to, standing.copied)
  if (verify) standing.findings.push(...(await compareCommands(from, to, standing.copied)))
  standing.commandsAt = performance.now()
}

async function report(to: Engine, standing: Standing, options: CopyOptions & { json?: boolean }, whole: boolean) {
  const { copied, compared, findings } = standing
  if (options.json) await printJson({ ok: whole, to: to.name, copied, compared, findings }, true)
  else for (const finding of findings) await printLine(finding)
  if (findings.length > 0) {
    say(`The copy is not the same: ${findings.length === 100 ? 'at least 100' : findings.length} findings.`)
    process.exitCode = exitCode.refused
    return
  }
  if (!whole) {
    say(`Interrupted: ${to.name} has ${grouped(copied)} events. Run the same again to go on.`)
    process.exitCode = exitCode.interrupted
    return
  }
  const same = compared === copied && options.verify ? ', compared byte for byte' : ''
  say(`${to.name} has ${grouped(copied)} events${same}.`)
  suggest(`Look whether all is well there: khata verify --store ${to.name}`)
}

function wrong(message: string): KhataError<'usage'> {
  return new KhataError('usage', message, null)
}
