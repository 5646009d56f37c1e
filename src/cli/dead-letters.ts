import type { Command } from 'commander'
import { Option } from 'commander'
import { person, wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { linesOfLetter, listed } from './dead-letter-lines.ts'
import { addRetry } from './dead-letters-retry.ts'
import { openApp } from './open.ts'
import { operatorOf } from './operator.ts'
import { printJson, printLine, say, suggest } from './output.ts'
import { grouped } from './progress.ts'
import { tableOf } from './table.ts'

interface ListOptions {
  readonly consumer?: string
  readonly lane?: string
  readonly state?: 'parked' | 'retrying' | 'discarding'
  readonly limit: number
}

const pageLimit = 1_000

/** `khata dead-letters`: events that could not be handled, and what becomes of them. */
export function addDeadLetters(program: Command): void {
  const letters = addCommand(program, {
    usage: 'dead-letters',
    summary: 'list events that could not be handled; show, retry or discard one',
    examples: [
      'khata dead-letters',
      'khata dead-letters --consumer welcome-mail --state parked --json',
      'khata dead-letters show 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33',
      'khata dead-letters retry --all --consumer welcome-mail --rate 20',
      'khata dead-letters discard 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33 --reason "a test account"',
    ],
  })
    .option('--consumer <name>', 'of one reactor, process or view/generation')
    .option('--lane <lane>', 'of one lane, such as account/ACC-001')
    .addOption(new Option('--state <state>', 'in one state').choices(['parked', 'retrying', 'discarding']))
    .option('--limit <number>', 'at most so many', wholeNumber(1), 100)
    .action(async (_options, command: Command) => {
      const { consumer, lane, state, limit, ...options } = optionsOf<ListOptions>(command)
      const filter = { ...(consumer && { consumer }), ...(lane && { lane }), ...(state && { state }) }
      await using app = await openApp(options)
      const rows: (readonly string[])[] = []
      let after: string | null = null
      let left = limit
      do {
        const page: Awaited<ReturnType<typeof app.reactions.deadLetters>> = await app.reactions.deadLetters({
          ...filter,
          limit: Math.min(left, pageLimit),
          ...(after !== null && { after }),
        })
        for (const letter of page.items) {
          if (options.json) await printJson(letter, true)
          else rows.push(listed(letter))
        }
        left -= page.items.length
        after = page.next
      } while (left > 0 && after !== null)
      if (options.json) return
      if (rows.length === 0) return say('There are no dead letters.')
      for (const line of tableOf(['ID', 'STATE', 'CONSUMER', 'LANE', 'EVENT', 'SINCE', 'ERROR'], rows)) await printLine(line)
      if (after !== null) say(`The first ${grouped(rows.length)}; more with --limit.`)
      suggest('One with its event and history: khata dead-letters show ID')
    })

  addCommand(letters, {
    usage: 'show <id>',
    summary: 'show a dead letter with its event, stack and history',
    examples: ['khata dead-letters show 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33'],
  }).action(async (id: string, _options, command: Command) => {
    const options = optionsOf(command)
    await using app = await openApp(options)
    const letter = await app.reactions.deadLetter(id)
    if (options.json) return printJson(letter, true)
    for (const line of linesOfLetter(letter)) await printLine(line)
    suggest(`Try again: khata dead-letters retry ${id}`)
  })

  addRetry(letters)

  addCommand(letters, {
    usage: 'discard <id>',
    summary: 'leave its event out for good; what waits behind it goes on',
    examples: ['khata dead-letters discard 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33 --reason "a test account"'],
  })
    .requiredOption('--reason <text>', 'kept with the event')
    .option('--user <id>', 'who does it, for the note; default the account', person)
    .action(async (id: string, _options, command: Command) => {
      const { reason, user, ...options } = optionsOf<{ reason: string; user?: string }>(command)
      await using app = await openApp(options)
      await app.reactions.discard(id, reason, operatorOf(user))
      if (options.json) return printJson({ id, state: 'discarding' }, true)
      say('It is left out, by the process that runs reactors, as soon as it looks.')
    })
}
