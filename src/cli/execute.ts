import { text as readText } from 'node:stream/consumers'
import type { Command } from 'commander'
import { KhataError } from '../model/error.ts'
import type { Receipt, SendOptions } from '../runtime/app.ts'
import { moment, person, wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openApp } from './open.ts'
import { printJson, printLine, say, suggest } from './output.ts'

interface ExecuteOptions {
  readonly key?: string
  readonly user?: string
  readonly expectedVersion?: number
  readonly occurredAt?: Date
}

/** `khata execute`: sends a command and shows its receipt. */
export function addExecute(program: Command): void {
  addCommand(program, {
    usage: 'execute <command> <input>',
    summary: 'send a command; the input is JSON, or - for stdin',
    examples: [
      `khata execute Deposit '{"accountId":"ACC-001","amount":500}'`,
      'khata execute PlaceOrder - < order.json',
      `khata execute Withdraw '{"accountId":"ACC-001","amount":500}' --key transfer-17`,
    ],
  })
    .option('--key <text>', 'idempotency key: the same key has one effect')
    .option('--user <id>', 'who sends it', person)
    .option('--expected-version <number>', 'only when the stream is at this version', wholeNumber(0))
    .option('--occurred-at <time>', 'when it happened, if not now (ISO 8601, UTC)', moment)
    .action(async (name: string, input: string, _options, command: Command) => {
      const options = optionsOf<ExecuteOptions>(command)
      const value = parse(input === '-' ? await readText(process.stdin) : input)
      await using app = await openApp(options, { parts: true, tables: 'make' })
      const outcome = await app.attempt(name, value, sendOptions(options))
      if (outcome.rejected === undefined) return printReceipt(outcome, options.json)
      if (options.json) await printJson(outcome, true)
      const detail = outcome.detail === undefined ? '' : ` ${JSON.stringify(outcome.detail)}`
      say(`${name} was rejected: ${outcome.rejected}${detail}`)
      process.exitCode = exitCode.refused
    })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new KhataError('usage', `The input is not JSON: ${error instanceof Error ? error.message : error}`, null)
  }
}

function sendOptions({ key, user, expectedVersion, occurredAt }: ExecuteOptions): SendOptions {
  return {
    ...(key !== undefined && { idempotencyKey: key }),
    ...(user !== undefined && { user: { id: user } }),
    ...(expectedVersion !== undefined && { expectedVersion }),
    ...(occurredAt !== undefined && { occurredAt }),
  }
}

async function printReceipt(receipt: Receipt, json?: boolean): Promise<void> {
  if (json) return printJson(receipt, true)
  const types = receipt.events.map(({ type }) => type).join(', ')
  const what = receipt.repeated ? 'done before' : types || 'nothing to do'
  await printLine(`${receipt.stream} version ${receipt.version}, position ${receipt.position}: ${what}`)
  suggest(`Its events: khata stream ${receipt.stream.replace('/', ' ')}`)
}
