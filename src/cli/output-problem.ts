import { getSystemErrorMap } from 'node:util'

/** A file or stream that cannot be written: for whoever named it, in one line. */
export class OutputProblem extends Error {
  constructor(name: string, cause: NodeJS.ErrnoException) {
    const reason = getSystemErrorMap().get(cause.errno ?? 0)?.[1] ?? cause.message
    super(`${name} cannot be written: ${reason}.`, { cause })
  }
}

/** Whether the operating system refused something. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error && 'syscall' in error
}
