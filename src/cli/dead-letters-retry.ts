import { existsSync, readFileSync } from 'node:fs'
import { text as readText } from 'node:stream/consumers'
import type { Command } from 'commander'
import { KhataError } from '../model/error.ts'
import type { AnyApp } from '../runtime/app.ts'
import { person, wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { interruptSignal } from './interrupt.ts'
import { openApp } from './open.ts'
import { operatorOf } from './operator.ts'
import { printJson, say, suggest } from './output.ts'
import { grouped, progress } from './progress.ts'
import type { GlobalOptions } from './settings.ts'

interface RetryOptions extends GlobalOptions {
  readonly all?: boolean
  readonly consumer?: string
  readonly lane?: string
  readonly error?: string
  readonly rate: number
  readonly data?: string
  readonly dryRun?: boolean
  readonly user?: string
}

/** `khata dead-letters retry`: one, with corrected data if need be, or a group at a limited rate. */
export function addRetry(letters: Command): void {
  addCommand(letters, {
    usage: 'retry [id]',
    summary: 'send an event through its handler again; what waits behind it follows in order',
    examples: [
      'khata dead-letters retry 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33',
      `khata dead-letters retry 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33 --data '{"email":"mina@example.org"}' --dry-run`,
      'khata dead-letters retry --all --consumer welcome-mail --rate 20',
    ],
  })
    .option('--all', 'every parked one that the other options name')
    .option('--consumer <name>', 'with --all: of one reactor, process or view/generation')
    .option('--lane <lane>', 'with --all: of one lane')
    .option('--error <text>', 'with --all: with exactly this error')
    .option('--rate <number>', 'with --all: so many a second', wholeNumber(1), 50)
    .option('--data <json>', "data instead of the event's, as JSON, a file, or - for stdin: reactors only")
    .option('--dry-run', 'only say what a retry would meet')
    .option('--user <id>', 'who does it, for the note; default the account', person)
    .action(async (id: string | undefined, _options, command: Command) => {
      const options = optionsOf<RetryOptions>(command)
      if ((id === undefined) === !options.all) throw misused('Give the id of a dead letter, or --all.')
      if (options.all && (options.data !== undefined || options.dryRun))
        throw misused('--data and --dry-run are for a single one.')
      const data = options.data === undefined ? undefined : await dataOf(options.data)
      await using app = await openApp(options)
      // Awaited here: the app is closed when this is over.
      if (id === undefined) await retryAll(app, options)
      else if (options.dryRun) await dryRun(app, id, data, options)
      else await retryOne(app, id, data, options)
    })
}

async function retryOne(app: AnyApp, id: string, data: unknown, { user, json }: RetryOptions): Promise<void> {
  await app.reactions.retry(id, { ...operatorOf(user), ...(data !== undefined && { data }) })
  if (json) return printJson({ id, state: 'retrying' }, true)
  say('It is tried again, by the process that runs reactors, as soon as it looks.')
  suggest(`How it went: khata dead-letters show ${id}`)
}

async function dryRun(app: AnyApp, id: string, data: unknown, { json }: RetryOptions): Promise<void> {
  const { ok, error, event } = await app.reactions.dryRun(id, data === undefined ? {} : { data })
  if (json) await printJson({ ok, error, event }, true)
  else say(ok ? (error ?? 'Its handler can be given this event.') : `It would fail: ${error}`)
  if (!ok) process.exitCode = exitCode.refused
}

async function retryAll(app: AnyApp, options: RetryOptions): Promise<void> {
  const { consumer, lane, error, rate, user, json } = options
  const filter = { ...(consumer && { consumer }), ...(lane && { lane }), ...(error && { error }) }
  const total = await parkedOf(app, consumer)
  const bar = progress('Retrying dead letters')
  const signal = interruptSignal()
  const retried = await app.reactions.retryAll(filter, {
    ...operatorOf(user),
    perSecond: rate,
    signal,
    progress: (done) => bar.show(done, Math.max(total, done)),
  })
  bar.end()
  if (json) await printJson({ retried }, true)
  else say(`${grouped(retried)} dead letters are tried again, by the process that runs reactors.`)
  if (signal.aborted) {
    say('Interrupted: the others wait as before.')
    process.exitCode = 130
  } else if (retried > 0) suggest('What is left: khata dead-letters --state parked')
}

/** How many wait for somebody, for the progress. */
async function parkedOf(app: AnyApp, consumer: string | undefined): Promise<number> {
  const { deadLetters } = await app.reactions.backlog()
  return deadLetters
    .filter(({ state, consumer: owner }) => state === 'parked' && (!consumer || `/${owner}`.endsWith(`/${consumer}`)))
    .reduce((sum, { count }) => sum + count, 0)
}

async function dataOf(given: string): Promise<unknown> {
  try {
    return JSON.parse(given === '-' ? await readText(process.stdin) : existsSync(given) ? readFileSync(given, 'utf8') : given)
  } catch (error) {
    throw misused(`The data is neither a file nor JSON: ${error instanceof Error ? error.message : error}`)
  }
}

function misused(message: string): KhataError<'usage'> {
  return new KhataError('usage', message, null)
}
