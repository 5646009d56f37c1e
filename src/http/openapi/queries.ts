import type { Catalogue, JsonSchema, QueryEntry, ViewEntry } from '../../runtime/catalogue.ts'
import { parameter, problems, success, summaryOf } from './answers.ts'
import { reference } from './schema-reference.ts'

/** Every query and every view as a path of its own. */
export function queryPaths({ queries, views }: Catalogue): JsonSchema {
  return Object.fromEntries([
    ...views.map((entry) => [pathOf(entry.name), { get: viewOperation(entry) }]),
    ...queries.map((entry) => [pathOf(entry.name), { get: queryOperation(entry) }]),
  ])
}

function pathOf(name: string): string {
  return `/api/queries/${encodeURIComponent(name)}`
}

const freshness: readonly JsonSchema[] = [
  parameter('header', 'Khata-After', { type: 'string' }, "A receipt's token: the answer is at least that new."),
  parameter(
    'header',
    'Khata-Wait',
    { type: 'integer', minimum: 0, maximum: 60_000 },
    'Milliseconds to wait for that. Default 5,000.',
  ),
]

function queryOperation({ name, description, input }: QueryEntry): JsonSchema {
  return {
    operationId: `query.${name}`,
    tags: ['queries'],
    summary: summaryOf(description) ?? `The query ${name}`,
    parameters: [...inputParameters(name, input), ...freshness],
    responses: {
      200: success('The answer.', { type: 'object', properties: { data: {} }, required: ['data'] }, ['Khata-Position']),
      ...problems(404, 409),
    },
  }
}

function inputParameters(name: string, input: JsonSchema): readonly JsonSchema[] {
  const properties = (input['properties'] ?? {}) as JsonSchema
  const required = (input['required'] ?? []) as readonly string[]
  return Object.keys(properties).map((field) =>
    parameter('query', field, reference(`query.${name}/properties/${field}`), undefined, required.includes(field)),
  )
}

function viewOperation({ name, description, fields, search }: ViewEntry): JsonSchema {
  const document = reference(`view.${name}`)
  return {
    operationId: `view.${name}`,
    tags: ['queries'],
    summary: summaryOf(description) ?? `The view ${name}: one document by id, or a page of them`,
    parameters: [
      parameter('query', 'id', { type: 'string' }, 'One document; goes without any other parameter.'),
      ...fields.flatMap(fieldParameters),
      ...(fields.length > 0 ? [orderParameter(fields)] : []),
      ...(search
        ? [
            parameter(
              'query',
              'search',
              { type: 'string' },
              'Documents that contain all the words; goes with limit and cursor only.',
            ),
          ]
        : []),
      parameter('query', 'limit', { type: 'integer', minimum: 1, maximum: 1_000 }, 'Documents in a page. Default 100.'),
      parameter('query', 'cursor', { type: 'string' }, 'The `next` of the page before.'),
      ...freshness,
    ],
    responses: {
      200: success('The document, or a page.', { anyOf: [answer(document), pageAnswer(document)] }, ['Khata-Position']),
      ...problems(404, 409),
    },
  }
}

/** A view's document as it is answered: with its id, unless it has a field of that name. */
export function foundDocument(document: JsonSchema): JsonSchema {
  const properties = document['properties'] as JsonSchema | undefined
  if (!properties || 'id' in properties) return document
  const required = (document['required'] ?? []) as readonly string[]
  return { ...document, properties: { id: { type: 'string' }, ...properties }, required: ['id', ...required] }
}

const answer = (data: JsonSchema): JsonSchema => ({ type: 'object', properties: { data }, required: ['data'] })

function pageAnswer(document: JsonSchema): JsonSchema {
  return {
    type: 'object',
    properties: { data: { type: 'array', items: document }, next: { type: ['string', 'null'] } },
    required: ['data', 'next'],
  }
}

function fieldParameters({ name, type }: ViewEntry['fields'][number]): readonly JsonSchema[] {
  const schema = { type: type === 'text' ? 'string' : type }
  const ranges = type === 'boolean' ? [] : ['gt', 'gte', 'lt', 'lte']
  const value = parameter(
    'query',
    name,
    schema,
    ranges.length > 0 ? 'This value; goes without bounds of the field.' : undefined,
  )
  return [value, ...ranges.map((range) => parameter('query', `${name}.${range}`, schema))]
}

function orderParameter(fields: ViewEntry['fields']): JsonSchema {
  return parameter(
    'query',
    'order',
    { enum: fields.flatMap(({ name }) => [name, `-${name}`]) },
    'A field; `-` before it for descending.',
  )
}
