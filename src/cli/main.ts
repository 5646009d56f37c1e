/** The command line. Each command has a file of its own; this one puts them together and decides how the process ends. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import '../node-version.ts'
import { isKhataError, Rejected } from '../model/error.ts'
import { addAdopt } from './adopt.ts'
import { addConsumers } from './consumers.ts'
import { addCopy } from './copy.ts'
import { addDeadLetters } from './dead-letters.ts'
import { addDoctor } from './doctor.ts'
import { addEvents } from './events.ts'
import { addExecute } from './execute.ts'
import { exitCode, exitCodeOf, isPortTaken } from './exit-code.ts'
import { addExport } from './export.ts'
import { addImport } from './import.ts'
import { Interrupted } from './interrupt.ts'
import { addNotes } from './notes.ts'
import { endWhenReaderHasGone, say } from './output.ts'
import { OutputProblem } from './output-problem.ts'
import { addProjections } from './projections.ts'
import { addQuery } from './query.ts'
import { addStart } from './start.ts'
import { addState } from './state.ts'
import { addStream } from './stream.ts'
import { addTrace } from './trace.ts'
import { addVerify } from './verify.ts'

const examples = `Examples:
  $ khata start                                    serve the business of khata.config.ts
  $ khata events --follow                          see facts as they are recorded
  $ khata execute Deposit '{"accountId":"ACC-001","amount":500}'
  $ khata state account ACC-001 --version 3        what it was after its third event
  $ khata dead-letters retry --all                 what could not be handled, once more
  $ khata verify                                   is everything still whole?
`

const ending = `
Settings: --store before KHATA_STORE before khata.config.ts; PORT and KHATA_ROLES for start; KHATA_STORE_DIRECT
for a PostgreSQL behind a pooler. NO_COLOR is honoured.
Exit codes: 0 done; 1 refused, lost or found something; 2 wrong use; 3 not there or not now; 70 a defect;
130 interrupted.
Data goes to stdout and everything said about it to stderr; --json gives data for programs.`

/** Runs the command that `argv` names, and sets the exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  endWhenReaderHasGone()
  // The store's own timers do not keep a process alive; a command does until it is done.
  const alive = setInterval(() => {}, 60_000)
  try {
    await programOf().parseAsync(argv)
  } catch (error) {
    process.exitCode = explain(error)
  } finally {
    clearInterval(alive)
  }
}

function programOf(): Command {
  const program = new Command('khata')
    .description('Facts in, views out: events, state, views and health of a Khata store.')
    .version(version(), '-V, --version')
    .addHelpText('before', examples)
    .addHelpText('after', ending)
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('See --help for examples.')
    .helpCommand(false)
    .option('--store <url>', 'the store, sqlite:path/to/file.db or postgres://user@host/database')
    .option('--config <file>', 'the config file; default khata.config.ts in this folder')
    .option('--json', 'data for programs: JSON on stdout')
  const add = [
    ...[addStart, addEvents, addStream, addState, addExecute, addQuery, addTrace],
    ...[addProjections, addConsumers, addDeadLetters, addNotes],
    ...[addVerify, addDoctor, addExport, addImport, addCopy, addAdopt],
  ]
  for (const command of add) command(program)
  program
    .command('help [command...]')
    .description('display help for command')
    .action((names: readonly string[]) => helpOf(program, names))
  return program
}

function helpOf(program: Command, names: readonly string[]): void {
  let asked = program
  for (const name of names) {
    const inner = asked.commands.find((command) => command.name() === name)
    if (!inner) asked.error(`error: unknown command '${name}'`)
    else asked = inner
  }
  asked.outputHelp()
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
}

/** Says what went wrong in one line, fields of wrong input one a line; answers the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.done : exitCode.usage
  if (error instanceof Rejected || isKhataError(error)) {
    say(`khata: ${error.message}`)
    if (isPortTaken(error)) say('Choose another port: PORT=3001 khata start')
    if (isKhataError(error, 'validation')) {
      for (const { path, message } of error.detail?.errors ?? []) say(`  ${path || 'input'}: ${message}`)
    }
  } else if (error instanceof Interrupted || error instanceof OutputProblem) {
    say(`khata: ${error.message}`)
  } else if (error instanceof Error && error.name === 'AbortError') {
    say('khata: interrupted')
    return exitCode.interrupted
  } else say(`khata: ${error instanceof Error ? error.stack : String(error)}`)
  return exitCodeOf(error)
}
