import type { Command } from 'commander'
import { wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { printEvent } from './event-line.ts'
import { exitCode } from './exit-code.ts'
import { openApp } from './open.ts'
import { say, suggest } from './output.ts'

const pageLimit = 1_000

/** `khata stream`: the events of one stream in order. */
export function addStream(program: Command): void {
  addCommand(program, {
    usage: 'stream <category> <id>',
    summary: 'list the events of one stream',
    examples: ['khata stream account ACC-001', 'khata stream order ORD-001 --from 2 --limit 10 --json'],
  })
    .option('--from <version>', 'first version; default 1', wholeNumber(1))
    .option('--to <version>', 'last version', wholeNumber(1))
    .option('--limit <number>', 'at most so many', wholeNumber(1))
    .action(async (category: string, id: string, _options, command: Command) => {
      const options = optionsOf<{ from?: number; to?: number; limit?: number }>(command)
      await using app = await openApp(options)
      let from = options.from ?? 1
      let left = options.limit ?? Infinity
      let found = false
      while (left > 0) {
        const limit = Math.min(left, pageLimit)
        const events = await app.events.stream(category, id, { from, limit, ...(options.to && { to: options.to }) })
        for (const event of events) await printEvent(event, options.json)
        found ||= events.length > 0
        left -= events.length
        from += events.length
        if (events.length < limit) break
      }
      if (found) return suggest(`Its state then: khata state ${category} ${id} --version ${from - 1}`)
      say(`There is no stream ${category}/${id}${options.from || options.to ? ' with these versions' : ''}.`)
      process.exitCode = exitCode.refused
    })
}
