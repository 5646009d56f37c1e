import { refuse } from './check-name.ts'
import type { Schema } from './schema.ts'
import { defOf, internalsOf, isSchema, type SchemaDef } from './schema-shape.ts'

/** Kinds of schema whose values JSON loses or changes, and what to use instead. */
const lost: { readonly [type: string]: string } = {
  bigint: 'is a bigint: use a string of digits, z.string().regex(/^-?\\d+$/)',
  date: 'is a Date: use text, z.iso.datetime(), or milliseconds, z.int()',
  file: 'is a file: store it elsewhere and keep its address',
  function: 'is a function: keep the data that it needs',
  map: 'is a Map: use z.record()',
  nan: 'is NaN: use z.null()',
  promise: 'is a promise: wait for the value first',
  set: 'is a Set: use z.array()',
  success: 'changes its value when it is parsed again: use z.boolean()',
  symbol: 'is a symbol: use text',
  transform: 'is a transform, which would run again on what it made: transform in the command instead',
  undefined: 'is undefined: use .optional() or z.null()',
  void: 'is undefined: use .optional() or z.null()',
}

/**
 * Refuses a schema of events, state or documents whose values JSON does not carry, or that do not read back as
 * themselves: what is folded after a restart would differ from what was folded before. What only a run can tell
 * (`z.any()`, `z.custom()`) passes.
 *
 * @param what names the schema in the message: `event 'OrderPlaced'`
 * @throws KhataError `definition`
 */
export function checkStored(part: string, what: string, schema: unknown): asserts schema is Schema {
  if (!isSchema(schema)) refuse(part, `${what} must be a Zod schema (zod 4, or zod/mini).`)
  walk(schema, [], new Set(), (path, problem) => {
    const where = path.length === 0 ? what : `field '${path.join('.')}' of ${what}`
    refuse(part, `${where} ${problem}. JSON must carry what is stored and give it back as it was.`)
  })
}

type Report = (path: readonly string[], problem: string) => never

function walk(schema: Schema, path: readonly string[], seen: Set<Schema>, report: Report): void {
  if (seen.has(schema)) return
  seen.add(schema)
  const def = defOf(schema)
  const problem = lost[def.type] ?? problemOf(schema, def)
  if (problem !== null) report(path, problem)
  for (const [inner, key] of innerOf(def)) walk(inner, key === null ? path : [...path, key], seen, report)
}

/** What only some schemas of a kind have against them. */
function problemOf(schema: Schema, def: SchemaDef): string | null {
  switch (def.type) {
    case 'custom':
      return internalsOf(schema).bag?.Class === undefined ? null : 'is an instance of a class: use z.object()'
    case 'literal':
      if (def.values?.some((value) => typeof value === 'bigint')) return lost['bigint'] as string
      return def.values?.includes(undefined) ? (lost['undefined'] as string) : null
    case 'pipe':
      return def.transform === undefined
        ? null
        : 'is a codec, which would run again on what it made: decode in the command instead'
    case 'array':
    case 'tuple':
      // JSON has no undefined in lists: it would come back as null.
      return [def.element, ...(def.items ?? [])].some((item) => item && defOf(item).type === 'optional')
        ? 'has optional elements, which come back as null: use .nullable()'
        : null
    default:
      return null
  }
}

/** The schemas inside a definition with the field they are at; null where they are the same place. */
function innerOf(def: SchemaDef): readonly (readonly [Schema, string | null])[] {
  const here = [def.innerType, def.getter?.(), def.in, def.out, def.left, def.right, def.keyType, ...(def.options ?? [])]
  const elements = [def.catchall, def.element, def.valueType, def.rest]
  const fields = [...Object.entries(def.shape ?? {}), ...Object.entries(def.items ?? [])]
  return [
    ...here.flatMap((schema) => (schema ? [[schema, null] as const] : [])),
    ...elements.flatMap((schema) => (schema ? [[schema, '*'] as const] : [])),
    ...fields.map(([field, schema]) => [schema, field] as const),
  ]
}
