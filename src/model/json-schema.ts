import { type $ZodType, toJSONSchema } from 'zod/v4/core'
import { linksOf } from './event.ts'
import type { Schema } from './schema.ts'
import { type FieldType, fieldSchemas, scalarTypeOf } from './schema-shape.ts'

/** The JSON Schema (2020-12) of what a schema takes or gives; the newest version of an event. What JSON Schema cannot say is `{}`. */
export function jsonSchemaOf(schema: Schema, io: 'input' | 'output'): { readonly [key: string]: unknown } {
  const newest = linksOf(schema).at(-1)?.schema ?? schema
  return toJSONSchema(newest as unknown as $ZodType, { io, target: 'draft-2020-12', unrepresentable: 'any' }) as {
    readonly [key: string]: unknown
  }
}

/** How the values of a document's top-level field compare in an index; null when they cannot be indexed. */
export function fieldTypeOf(document: Schema, field: string): FieldType | null {
  return scalarTypeOf(fieldSchemas(document, field))
}
