/** A projection made ready to run: its handlers by category and type, its documents' encoding, its table's shape. */
import { createHash } from 'node:crypto'
import { KhataError } from '../model/error.ts'
import { fieldTypeOf, jsonSchemaOf } from '../model/json-schema.ts'
import type { AnyProjection, ProjectionDefinition, ProjectionMode } from '../model/projection.ts'
import type { RecordedEvent, UnplacedEvent } from '../model/recorded-event.ts'
import { findForbiddenText, validate } from '../model/validate.ts'
import { type FieldValue, indexBytes, type ViewShape } from '../ports/view-store.ts'
import { withoutPlace } from './codec.ts'
import { documentAsRead, whyUnfit } from './document-as-read.ts'
import { freeze } from './fold.ts'
import { gavePromise } from './gave-promise.ts'
import { handlersOf } from './handlers.ts'

type Document = Record<string, unknown> | null
type Handler = (document: Document, event: UnplacedEvent, key: string) => unknown

const maxIdLength = 512
const maxKeys = 1_000

/** A projection made ready to run. */
export interface CompiledView {
  readonly name: string
  readonly mode: ProjectionMode
  readonly version: number
  /** Of what the view's table must provide: another fingerprint needs another generation. */
  readonly fingerprint: string
  readonly projection: AnyProjection
  readonly fields: ViewShape['fields']
  readonly search: boolean
  handles(category: string, type: string): boolean
  /** A recorded event as this view's `key` and handlers may see it: without its place if they see events in commits. */
  seen(event: RecordedEvent): UnplacedEvent
  /** The documents an event belongs to. */
  keys(event: UnplacedEvent): readonly string[]
  /**
   * A document after an event, as a read of the store would give it; null for none. The one before is frozen: a handler that
   * changes it and then fails would leave half of its change in memory. Throws `handler-failed`.
   */
  fold(document: Document, event: UnplacedEvent, key: string): Document
  encode(document: Document): {
    readonly body: string | null
    readonly fields: readonly FieldValue[]
    readonly text: string | null
  }
  shape(generation: string): ViewShape
}

/** Compiles a projection. */
export function compileView(projection: AnyProjection): CompiledView {
  const { name } = projection
  const definition: ProjectionDefinition = projection.definition
  const handlers = handlersOf<Handler>(definition)
  const fieldNames = [...new Set(definition.index.flat())]
  const fields = fieldNames.map((field) => ({
    name: field,
    type: fieldTypeOf(definition.document, field) ?? ('text' as const),
  }))
  const search = definition.search.length > 0
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([fields, definition.index, definition.search, jsonSchemaOf(definition.document, 'output')]))
    .digest('hex')
    .slice(0, 16)

  const failed = (what: string, event: UnplacedEvent, cause?: unknown): KhataError<'handler-failed'> =>
    new KhataError(
      'handler-failed',
      `The projection ${name} ${what} at ${event.category}.${event.type} of ${event.category}/${event.streamId}, event ${event.id}.`,
      { handler: name },
      { cause },
    )

  /** Why no index would take a document; null when each does. */
  const whyTooLong = (document: Record<string, unknown>, key: string): string | null => {
    for (const index of definition.index) {
      let bytes = Buffer.byteLength(key)
      for (const field of index) bytes += 8 + Buffer.byteLength(String(document[field] ?? ''))
      if (bytes > indexBytes) {
        return `${index.join(', ')}: with the key ${bytes} bytes, and an index takes ${indexBytes}; index something shorter`
      }
    }
    return null
  }

  return {
    name,
    mode: definition.mode,
    version: definition.version,
    fingerprint,
    projection,
    fields,
    search,
    seen: definition.mode === 'inline' ? withoutPlace : (event) => event,
    handles: (category, type) => handlers.has(`${category}.${type}`),
    keys(event) {
      let keys: unknown
      try {
        keys = definition.key(event as never)
      } catch (cause) {
        throw failed('threw in its key', event, cause)
      }
      const list = Array.isArray(keys) ? keys : [keys]
      const normal = list.map((key) => {
        if (typeof key !== 'string' || key === '' || key.length > maxIdLength || findForbiddenText(key) !== null) {
          list.forEach(gavePromise)
          throw failed(`gave a key that is not text of 1 to ${maxIdLength} characters`, event)
        }
        return key.normalize('NFC')
      })
      // A document takes an event in once, however often and in whichever spelling it is named.
      const once = normal.length > 1 ? [...new Set(normal)] : normal
      if (once.length > maxKeys) throw failed(`gave more than ${maxKeys} keys`, event)
      return once
    },
    fold(document, event, key) {
      const handler = handlers.get(`${event.category}.${event.type}`)
      if (!handler) return document
      let next: unknown
      try {
        next = handler(freeze(document), event, key)
      } catch (cause) {
        throw failed('threw', event, cause)
      }
      if (next === null) return null
      if (gavePromise(next)) throw failed('is asynchronous (handlers must be pure functions)', event)
      if (next === undefined) throw failed('returned nothing (null deletes)', event)
      const checked = validate(definition.document, next)
      if (checked.errors) {
        const first = checked.errors[0]
        throw failed(`gave a document that its schema refuses (${first?.path || 'document'}: ${first?.message})`, event)
      }
      const given = checked.value as Record<string, unknown>
      const folded = documentAsRead(given)
      const unfit = folded ? whyTooLong(folded, key) : whyUnfit(given)
      if (unfit !== null) throw failed(`gave a document that cannot be stored (${unfit})`, event)
      return folded
    },
    encode(document) {
      if (document === null) return { body: null, fields: fields.map(() => null), text: search ? '' : null }
      return {
        body: JSON.stringify(document),
        fields: fields.map((field) => fieldValue(document[field.name])),
        text: search ? definition.search.map((field) => document[field] ?? '').join('\n') : null,
      }
    },
    shape: (generation) => ({ generation, fields, indexes: definition.index, search }),
  }
}

/** The value of a field as indexes keep it. */
export function fieldValue(value: unknown): FieldValue {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' || typeof value === 'number' ? value : null
}
