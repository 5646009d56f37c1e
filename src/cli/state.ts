import type { Command } from 'commander'
import { KhataError } from '../model/error.ts'
import { moment, wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openApp } from './open.ts'
import { printJson, say } from './output.ts'

/** `khata state`: what an aggregate's state is or was. */
export function addState(program: Command): void {
  addCommand(program, {
    usage: 'state <category> <id>',
    summary: 'show the state of an aggregate, now or at a past version or time',
    examples: [
      'khata state account ACC-001',
      'khata state account ACC-001 --version 3',
      'khata state account ACC-001 --at 2026-01-05T09:30:00Z',
    ],
  })
    .option('--version <number>', 'after its event of this version', wholeNumber(0))
    .option('--at <time>', 'after everything recorded by this time (ISO 8601, UTC)', moment)
    .action(async (category: string, id: string, _options, command: Command) => {
      const { version, at, ...options } = optionsOf<{ version?: number; at?: Date }>(command)
      if (version !== undefined && at !== undefined)
        throw new KhataError('usage', '--version and --at: give one of them.', null)
      await using app = await openApp(options, { parts: true })
      const loaded = await app.loadByName(category, id, {
        ...(version !== undefined && { version }),
        ...(at !== undefined && { at }),
      })
      await printJson(options.json ? loaded : loaded.state, options.json)
      if (loaded.version > 0) say(`version ${loaded.version}, recorded at ${loaded.at}`)
      else {
        say(`There ${at || version !== undefined ? 'was' : 'is'} no stream ${category}/${id}: this is the initial state.`)
        process.exitCode = exitCode.refused
      }
    })
}
