import type { CommandDefinition } from './aggregate.ts'
import { checkCodeName, checkFunction, checkKeys, checkRecord, refuse } from './check-name.ts'
import type { Schema } from './schema.ts'
import { defOf, fieldSchemas, isObjectSchema, isSchema, scalarTypeOf } from './schema-shape.ts'

/**
 * Checks the commands of an aggregate or boundary.
 * @throws KhataError `definition`
 */
export function checkCommands(part: string, commands: { readonly [name: string]: CommandDefinition }): void {
  checkRecord(part, 'commands', commands)
  for (const [name, command] of Object.entries(commands)) {
    checkCodeName(part, 'command', name)
    const what = `command '${name}'`
    checkRecord(part, what, command)
    checkKeys(`${part}, ${what}`, command, ['input', 'decide', 'description', 'rejections'])
    if (!isSchema(command.input)) refuse(part, `the input of ${what} must be a Zod schema (zod 4, or zod/mini).`)
    checkFunction(part, `decide of ${what}`, command.decide)
    const codes: unknown = command.rejections ?? []
    if (!Array.isArray(codes) || codes.some((code) => typeof code !== 'string')) {
      refuse(part, `rejections of ${what} must be a list of texts.`)
    }
  }
}

/**
 * Checks that the field that names the stream is a text in a command's input, as far as the schema can be seen.
 * @throws KhataError `definition`
 */
export function checkIdField(part: string, id: string, command: string, input: Schema): void {
  if (!isObjectSchema(input)) return
  const fields = fieldSchemas(input, id)
  if (fields.length === 0) refuse(part, `the input of command '${command}' has no field '${id}', which names the stream.`)
  if (fields.some(isVisible) && (scalarTypeOf(fields) !== 'text' || fields.some(mayBeMissing))) {
    refuse(
      part,
      `the field '${id}' in the input of command '${command}' names the stream, so it must be a text that is always there.`,
    )
  }
}

/** What these hold is only known when a command comes. */
function isVisible(schema: Schema): boolean {
  return !['any', 'unknown', 'custom', 'pipe', 'transform', 'lazy'].includes(defOf(schema).type)
}

function mayBeMissing(schema: Schema): boolean {
  return ['optional', 'nullable'].includes(defOf(schema).type)
}
