/** Data goes to stdout, everything said about it to stderr: output can be piped at any time. */
import { once } from 'node:events'
import { styleText } from 'node:util'
import { exitCode } from './exit-code.ts'
import { OutputProblem } from './output-problem.ts'

type Style = Parameters<typeof styleText>[0]

/** Writes a line of data, and waits while the reader is slower. */
export async function printLine(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
}

/** Writes a value as JSON: on one line for programs, indented for people. */
export function printJson(value: unknown, forPrograms = false): Promise<void> {
  return printLine(JSON.stringify(value, null, forPrograms ? undefined : 2))
}

/** Says something to the person at the terminal. */
export function say(message: string): void {
  process.stderr.write(`${message}\n`)
}

/** A hint on what could come next; only where a person is looking. */
export function suggest(message: string): void {
  if (process.stderr.isTTY) say(styled('dim', message, process.stderr))
}

/** Coloured text where the stream is a terminal and `NO_COLOR` is not set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream })
}

/** Ends quietly when whoever reads our output has gone, as `head` does. */
export function endWhenReaderHasGone(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(exitCode.done)
      if (stream === process.stdout) say(`khata: ${new OutputProblem('The output', error).message}`)
      process.exit(exitCode.unavailable)
    })
  }
}
