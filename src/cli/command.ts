import type { Command } from 'commander'
import type { GlobalOptions } from './settings.ts'

/** How a command of the command line is described. */
export interface CommandText {
  /** Name and arguments: `stream <category> <id>`. */
  readonly usage: string
  readonly summary: string
  /** Shown first in its help: what people copy. */
  readonly examples: readonly string[]
}

/** Adds a command with the options that all have: `--store`, `--config`, `--json`. */
export function addCommand(parent: Command, { usage, summary, examples }: CommandText): Command {
  return parent
    .command(usage)
    .description(summary)
    .addHelpText('before', `Examples:\n${examples.map((example) => `  $ ${example}`).join('\n')}\n`)
    .option(
      '--store <url>',
      'the store, sqlite:path/to/file.db or postgres://user@host/database; before KHATA_STORE and the config file',
    )
    .option('--config <file>', 'the config file; default khata.config.ts in this folder')
    .option('--json', 'data for programs: JSON on stdout')
}

/** The options of a command together with those given before its name. */
export function optionsOf<Options extends object>(command: Command): Options & GlobalOptions {
  return command.optsWithGlobals<Options & GlobalOptions>()
}
