import type { Command } from 'commander'
import { KhataError } from '../model/error.ts'
import { wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openApp } from './open.ts'
import { printJson, say, suggest } from './output.ts'

const defaultWaitMs = 10_000

/** `khata query`: asks a query or a view, as new as the log is now. */
export function addQuery(program: Command): void {
  addCommand(program, {
    usage: 'query <name> [parameters...]',
    summary: 'ask a query or a view, with key=value parameters',
    examples: [
      'khata query balances id=ACC-001',
      'khata query balances balance.gte=5000 order=balance limit=10',
      'khata query order-search text=dhaka',
    ],
  })
    .option('--after <token>', 'as new as this receipt at least; default as new as the log')
    .option('--wait <ms>', `how long to wait for that; default ${defaultWaitMs}`, wholeNumber(0))
    .action(async (name: string, parameters: readonly string[], _options, command: Command) => {
      const options = optionsOf<{ after?: string; wait?: number }>(command)
      const asked = Object.fromEntries(parameters.map(parameter))
      await using app = await openApp(options, { parts: true, views: 'if-nobody-else' })
      const after = options.after ?? (await app.events.head()).token
      const answer = await app.ask(name, asked, { after, waitMs: options.wait ?? defaultWaitMs })
      await printJson(options.json ? answer : answer.data, options.json)
      if (answer.next) suggest(`Next page: add cursor=${answer.next}`)
      if (answer.data !== null) return
      say('Nothing found.')
      process.exitCode = exitCode.refused
    })
}

function parameter(text: string): [string, string] {
  const end = text.indexOf('=')
  if (end < 1) throw new KhataError('usage', `A parameter is given as key=value, not '${text}'.`, null)
  return [text.slice(0, end), text.slice(end + 1)]
}
