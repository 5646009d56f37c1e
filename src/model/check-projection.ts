import { checkFunction, checkKeys, checkName, checkWhole, refuse } from './check-name.ts'
import { checkSources } from './check-sources.ts'
import { checkStored } from './check-stored.ts'
import type { ProjectionDefinition } from './projection.ts'
import { fieldSchemas, isObjectSchema, scalarTypeOf } from './schema-shape.ts'

const options = ['from', 'document', 'key', 'on', 'index', 'search', 'version', 'mode', 'description']

/**
 * Refuses a projection that cannot work, when it is defined rather than when its first event comes.
 * @param given what the caller gave: an option that does not exist is refused
 * @throws KhataError `definition` with one sentence: which part, what, and what to do
 */
export function checkProjection(name: string, definition: ProjectionDefinition, given: object): void {
  const part = checkName('projection', name)
  checkKeys(part, given, options)
  const { document } = definition
  checkSources(part, definition)
  checkStored(part, 'document', document)
  if (!isObjectSchema(document)) refuse(part, 'document must be a schema of an object: z.object({ … }).')
  checkFunction(part, 'key', definition.key)
  checkIndexes(part, definition)
  for (const field of definition.search) {
    if (fieldTypeIn(part, 'search', definition, field) !== 'text') refuse(part, `search has '${field}', which is not a text.`)
  }
  checkWhole(part, 'version', definition.version, 1)
  if (definition.mode !== 'async' && definition.mode !== 'inline') refuse(part, `mode must be 'async' or 'inline'.`)
}

function checkIndexes(part: string, definition: ProjectionDefinition): void {
  // The places of views compare column names without case, and keep names that begin with '_' for themselves.
  const spelled = new Map<string, string>()
  for (const fields of definition.index) {
    if (fields.length === 0 || new Set(fields).size < fields.length) {
      refuse(part, `index has [${fields.join(', ')}]: an index needs at least one field, and each once.`)
    }
    for (const field of fields) {
      if (fieldTypeIn(part, 'index', definition, field) === null) {
        refuse(part, `index has '${field}', which is not a text, a number or a boolean.`)
      }
      if (!/^\p{L}[\p{L}\p{M}\p{N}_-]*$/u.test(field)) {
        refuse(part, `index has '${field}': an indexed field begins with a letter and holds letters, digits, '_' and '-'.`)
      }
      const other = spelled.get(field.toLowerCase()) ?? field
      if (other !== field) refuse(part, `index has '${other}' and '${field}', which differ only by case: rename one.`)
      spelled.set(field.toLowerCase(), field)
    }
  }
}

function fieldTypeIn(part: string, option: string, { document }: ProjectionDefinition, field: string) {
  const schemas = typeof field === 'string' ? fieldSchemas(document, field) : []
  if (schemas.length === 0) refuse(part, `${option} has '${field}', which is no field of document.`)
  return scalarTypeOf(schemas)
}
