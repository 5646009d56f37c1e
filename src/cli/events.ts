import type { Command } from 'commander'
import type { AnyApp, EventFilter } from '../runtime/app.ts'
import { place, several, wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { printEvent } from './event-line.ts'
import { interruptSignal } from './interrupt.ts'
import { openApp } from './open.ts'
import { suggest } from './output.ts'

interface EventsOptions {
  readonly after?: string | number
  readonly limit?: number
  readonly last?: number
  readonly follow?: boolean
  readonly type?: readonly string[]
  readonly category?: readonly string[]
  readonly tag?: readonly string[]
}

const pageLimit = 1_000

/** `khata events`: the log in order, a part of it, or what comes. */
export function addEvents(program: Command): void {
  addCommand(program, {
    usage: 'events',
    summary: 'list the events of the log, or follow it',
    examples: [
      'khata events --last 20',
      'khata events --category account --type MoneyWithdrawn --after 100 --limit 50',
      'khata events --follow',
      'khata events --json --limit 1000 | jq .data',
    ],
  })
    .option('--after <position>', 'begin behind this position or token; default the beginning, with --follow the end', place)
    .option('--limit <number>', 'at most so many; default 100, with --follow no end', wholeNumber(1))
    .option('--last <number>', 'begin with the newest so many', wholeNumber(1))
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--type <name>', 'only events of this type; may be given several times', several)
    .option('--category <name>', 'only streams of this category; may be given several times', several)
    .option('--tag <tag>', 'only events with this tag; several must all be there', several)
    .action(async (_options, command: Command) => {
      const options = optionsOf<EventsOptions>(command)
      await using app = await openApp(options)
      const after = await startOf(app, options)
      if (options.follow) await follow(app, options, after, options.json)
      else await list(app, options, after, options.json)
    })
}

function filterOf({ type, category, tag }: EventsOptions): EventFilter {
  return { ...(type && { types: type }), ...(category && { categories: category }), ...(tag && { tags: tag }) }
}

async function startOf(app: AnyApp, options: EventsOptions): Promise<string | number> {
  if (options.last !== undefined) return beforeNewest(app, options, options.last)
  if (options.after !== undefined) return options.after
  return options.follow ? (await app.events.head()).position : 0
}

/** The position before the newest so many events. */
async function beforeNewest(app: AnyApp, options: EventsOptions, count: number): Promise<number> {
  const filter = filterOf(options)
  let before = 0
  let after: string | number = 0
  for (let left = count; left > 0; ) {
    const page = await app.events.read({ ...filter, backwards: true, after, limit: Math.min(left, pageLimit) })
    const oldest = page.events.at(-1)
    if (oldest) before = oldest.position - 1
    left -= page.events.length
    if (page.end || before === 0) break
    after = page.next
  }
  return before
}

async function list(app: AnyApp, options: EventsOptions, start: string | number, json?: boolean): Promise<void> {
  let after = start
  let left = options.limit ?? options.last ?? 100
  while (left > 0) {
    const page = await app.events.read({ ...filterOf(options), after, limit: Math.min(left, pageLimit) })
    for (const event of page.events) await printEvent(event, json)
    left -= page.events.length
    after = page.next
    if (page.end) return
    const last = page.events.at(-1)
    if (left === 0 && last && options.last === undefined) suggest(`Go on with: khata events --after ${last.position}`)
  }
}

async function follow(app: AnyApp, options: EventsOptions, after: string | number, json?: boolean): Promise<void> {
  let left = options.limit ?? Infinity
  for await (const { event } of app.events.follow({ ...filterOf(options), after, signal: interruptSignal() })) {
    await printEvent(event, json)
    if (--left === 0) return
  }
}
