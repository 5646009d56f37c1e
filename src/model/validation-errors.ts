import type { $ZodIssue } from 'zod/v4/core'
import type { FieldError } from './error.ts'

type Path = readonly PropertyKey[]

/** The issues that Zod found in a value, one entry for each wrong field, also inside unions and records. */
export function fieldErrors(issues: readonly $ZodIssue[], value: unknown): readonly FieldError[] {
  return issues.flatMap((issue) => errorsOf(issue, issue.path, value))
}

function errorsOf(issue: $ZodIssue, path: Path, value: unknown): readonly FieldError[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: textOf([...path, key]), message: 'Unknown field' }))
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap((inner) => errorsOf(inner, [...path, ...inner.path], value))
    case 'invalid_union': {
      const nearest = nearestOption(issue.errors)
      if (nearest === null) break
      return nearest.flatMap((inner) => errorsOf(inner, [...path, ...inner.path], value))
    }
    case 'invalid_type':
      if (valueAt(value, path) === undefined && issue.message.endsWith('received undefined')) {
        return [{ path: textOf(path), message: `Required: expected ${issue.expected}` }]
      }
  }
  return [{ path: textOf(path), message: issue.message }]
}

/** The option of a union that the value is nearest to: one that fits as a whole but has wrong fields. */
function nearestOption(options: readonly (readonly $ZodIssue[])[]): readonly $ZodIssue[] | null {
  const near = options.filter((issues) => issues.length > 0 && issues.every((issue) => issue.path.length > 0))
  return near.sort((a, b) => a.length - b.length)[0] ?? null
}

function valueAt(value: unknown, path: Path): unknown {
  let inner = value
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null) return undefined
    inner = (inner as Record<PropertyKey, unknown>)[key]
  }
  return inner
}

function textOf(path: Path): string {
  return path.map(String).join('.')
}
