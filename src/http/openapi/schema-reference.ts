import type { JsonSchema } from '../../runtime/catalogue.ts'

/** Points to a schema of the document's components. */
export function reference(component: string): JsonSchema {
  return { $ref: `#/components/schemas/${component}` }
}

/** A part's schema under its component name, its inner references made to fit its new place. */
export function componentOf(component: string, schema: JsonSchema): readonly [string, JsonSchema] {
  const { $schema: _dialect, ...rest } = schema
  return [component, moved(rest, component) as JsonSchema]
}

function moved(value: unknown, component: string): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, component))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, movedField(key, inner, component)]))
}

function movedField(key: string, value: unknown, component: string): unknown {
  const inner = key === '$ref' && typeof value === 'string' && value.startsWith('#') && !value.startsWith('#/components/')
  return inner ? `#/components/schemas/${component}${value.slice(1)}` : moved(value, component)
}
