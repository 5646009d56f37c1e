import { checkFunction, checkKeys, checkName, refuse } from './check-name.ts'
import { isSchema } from './schema-shape.ts'

/**
 * Refuses a query that cannot work.
 * @throws KhataError `definition` with one sentence: which part, what, and what to do
 */
export function checkQuery(
  name: string,
  options: { readonly input: unknown; readonly views: unknown; readonly answer: unknown },
): void {
  const part = checkName('query', name)
  checkKeys(part, options, ['input', 'views', 'answer', 'description'])
  if (!isSchema(options.input)) refuse(part, 'input must be a Zod schema (zod 4, or zod/mini).')
  if (!Array.isArray(options.views) || options.views.some((view) => view?.kind !== 'projection')) {
    refuse(part, 'views must be a list of projections.')
  }
  checkFunction(part, 'answer', options.answer)
}
