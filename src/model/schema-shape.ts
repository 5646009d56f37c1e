import type { Schema } from './schema.ts'

/** What Khata looks at in the definition of a Zod 4 schema. The same for `zod` and `zod/mini`. */
export interface SchemaDef {
  readonly type: string
  readonly innerType?: Schema
  readonly in?: Schema
  readonly out?: Schema
  readonly transform?: unknown
  readonly getter?: () => Schema
  readonly options?: readonly Schema[]
  readonly left?: Schema
  readonly right?: Schema
  readonly shape?: { readonly [field: string]: Schema }
  readonly catchall?: Schema
  readonly element?: Schema
  readonly items?: readonly Schema[]
  readonly rest?: Schema | null
  readonly keyType?: Schema
  readonly valueType?: Schema
  readonly values?: readonly unknown[]
}

interface Internals {
  readonly def?: SchemaDef
  readonly values?: ReadonlySet<unknown>
  readonly optout?: string
  readonly bag?: { readonly Class?: unknown }
}

/** Zod's own record of a schema; its public type says only what Khata promises to need. */
export function internalsOf(schema: Schema): Internals {
  return schema._zod as unknown as Internals
}

/** Whether something is a schema that can be walked. */
export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && '_zod' in value && internalsOf(value as Schema)?.def !== undefined
}

/** The definition of a schema. */
export function defOf(schema: Schema): SchemaDef {
  return internalsOf(schema).def ?? { type: 'unknown' }
}

/** The schema under a wrapper that keeps the kind of value (optional, default, readonly, …), or null. */
export function wrappedIn(schema: Schema): Schema | null {
  const def = defOf(schema)
  if (def.type === 'lazy') return def.getter?.() ?? null
  if (def.type === 'pipe') return def.out ?? null
  return def.type === 'promise' || def.type === 'success' ? null : (def.innerType ?? null)
}

/** Whether every value of a schema is an object with declared fields; null and undefined are not. */
export function isObjectSchema(schema: Schema): boolean {
  const def = defOf(schema)
  switch (def.type) {
    case 'object':
      return true
    case 'intersection':
      return [def.left, def.right].every((side) => side !== undefined && isObjectSchema(side))
    case 'union':
      return def.options?.every(isObjectSchema) ?? false
    case 'optional':
    case 'nullable':
      return false
    default: {
      const inner = wrappedIn(schema)
      return inner !== null && isObjectSchema(inner)
    }
  }
}

/** What a field of an object schema may hold: one schema for each place that declares it, none where it is unknown. */
export function fieldSchemas(schema: Schema, field: string): readonly Schema[] {
  const def = defOf(schema)
  if (def.type === 'object') return Object.hasOwn(def.shape ?? {}, field) ? [def.shape?.[field] as Schema] : []
  if (def.type === 'union') return (def.options ?? []).flatMap((option) => fieldSchemas(option, field))
  if (def.type === 'intersection') {
    return [def.left, def.right].flatMap((side) => (side === undefined ? [] : fieldSchemas(side, field)))
  }
  const inner = wrappedIn(schema)
  return inner === null ? [] : fieldSchemas(inner, field)
}

/** How the values of a field compare in an index. */
export type FieldType = 'text' | 'number' | 'boolean'

/** Null and undefined fit every type. */
type Fit = FieldType | 'nothing' | 'other'

/** How the values of a schema compare, null and undefined apart; null when they are of several kinds or of another. */
export function scalarTypeOf(schemas: readonly Schema[]): FieldType | null {
  const fits = new Set(schemas.map(fitOf))
  fits.delete('nothing')
  const [only] = fits
  return fits.size === 1 && only !== undefined && only !== 'nothing' && only !== 'other' ? only : null
}

function fitOf(schema: Schema): Fit {
  const def = defOf(schema)
  switch (def.type) {
    case 'string':
    case 'template_literal':
      return 'text'
    case 'number':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'null':
    case 'undefined':
    case 'never':
      return 'nothing'
    case 'literal':
    case 'enum':
      return joined([...(internalsOf(schema).values ?? [])].map(fitOfValue))
    case 'union':
      return joined((def.options ?? []).map(fitOf))
    default: {
      const inner = wrappedIn(schema)
      return inner === null ? 'other' : fitOf(inner)
    }
  }
}

function fitOfValue(value: unknown): Fit {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return 'text'
  return typeof value === 'number' || typeof value === 'boolean' ? (typeof value as 'number' | 'boolean') : 'other'
}

function joined(fits: readonly Fit[]): Fit {
  const kinds = new Set(fits.filter((fit) => fit !== 'nothing'))
  const [only] = kinds
  return kinds.size > 1 ? 'other' : (only ?? 'nothing')
}
