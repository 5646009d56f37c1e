/** A command with its input, made by calling a command: `account.commands.Withdraw({ … })`. */
export interface Message<Name extends string = string, In = unknown, Code extends string = string> {
  readonly command: Name
  readonly input: In
  /** The rejection codes of the command; there is no such field at run time. */
  readonly '~codes'?: Code
}

/** A command of an aggregate or boundary; called, it makes a {@link Message}. */
export interface Command<Name extends string = string, In = unknown, Code extends string = string> {
  (input: In): Message<Name, In, Code>
  readonly command: Name
}

/** What is known about a command at compile time. */
export interface CommandModel {
  readonly input: unknown
  readonly code: string
}

/** The callable commands of a model. */
export type CommandsOf<Commands> = {
  readonly [K in keyof Commands & string]: Commands[K] extends CommandModel
    ? Command<K, Commands[K]['input'], Commands[K]['code']>
    : never
}

/** Makes the callable commands for a list of names. */
export function commandsOf(names: readonly string[]): Record<string, Command> {
  const commands: Record<string, Command> = {}
  for (const name of names) commands[name] = Object.assign((input: unknown) => ({ command: name, input }), { command: name })
  return commands
}
