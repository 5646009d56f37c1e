import { $ZodAsyncError, type $ZodType, config, locales, safeParse } from 'zod/v4/core'
import { type FieldError, KhataError } from './error.ts'
import type { Output, Schema } from './schema.ts'
import { fieldErrors } from './validation-errors.ts'

const english = locales.en()

/**
 * Holds a value against a schema: the value as the schema gives it, or every field that is wrong.
 * @throws KhataError `definition` when the schema has an asynchronous check or transform
 */
export function validate<T extends Schema>(
  schema: T,
  value: unknown,
): { readonly value: Output<T>; readonly errors?: never } | { readonly errors: readonly FieldError[] } {
  // zod/mini comes without any language, and its messages would then all be "Invalid input".
  const context = config().localeError ? {} : { error: english.localeError }
  try {
    const result = safeParse(schema as unknown as $ZodType, value, context)
    return result.success ? { value: result.data as Output<T> } : { errors: fieldErrors(result.error.issues, value) }
  } catch (error) {
    if (!(error instanceof $ZodAsyncError)) throw error
    throw new KhataError(
      'definition',
      'A schema has an asynchronous check or transform: schemas are checked while nothing waits, so do it before the command.',
      { part: 'schema' },
      { cause: error },
    )
  }
}

/**
 * Where a value holds what no store takes: U+0000 or half a surrogate pair in a text or key, or a number that is not
 * finite. The path is joined by dots, empty for the whole; null when there is none.
 */
export function findForbiddenText(value: unknown): string | null {
  switch (typeof value) {
    case 'string':
      return isForbiddenText(value) ? '' : null
    case 'number':
      return Number.isFinite(value) ? null : ''
    case 'object':
      return value === null ? null : findInside(value)
    default:
      return null
  }
}

function findInside(value: object): string | null {
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const found = findForbiddenText(value[i])
      if (found !== null) return below(String(i), found)
    }
    return null
  }
  for (const key of Object.keys(value)) {
    if (isForbiddenText(key)) return JSON.stringify(key).slice(1, -1)
    const found = findForbiddenText((value as Record<string, unknown>)[key])
    if (found !== null) return below(key, found)
  }
  return null
}

/** Whether no store takes a text: it holds U+0000 or half a surrogate pair. */
export function isForbiddenText(text: string): boolean {
  return text.includes('\0') || !text.isWellFormed()
}

function below(key: string, path: string): string {
  return path === '' ? key : `${key}.${path}`
}
