import type { Catalogue, JsonSchema } from '../../runtime/catalogue.ts'
import { commandPaths } from './commands.ts'
import { eventPaths, projectionPaths, streamPaths } from './log.ts'
import { operationPaths } from './operations.ts'
import { foundDocument, queryPaths } from './queries.ts'
import { consumerPaths, deadLetterPaths } from './reactions.ts'
import { componentOf } from './schema-reference.ts'
import { answerSchemas } from './schemas.ts'

const description = `Commands change, queries read, and every change is an event that is kept for good.

A command answers a receipt with a token. Give the token to a query as \`Khata-After\`, and its answer is at least that new.
Every error is a problem document (RFC 9457) whose \`code\` is stable.`

/** An OpenAPI 3.1 document of everything an app answers over HTTP. */
export function openApiDocument(catalogue: Catalogue): JsonSchema {
  return {
    openapi: '3.1.1',
    info: { title: 'Khata', version: '1', description },
    tags: tagsOf(catalogue),
    paths: {
      ...commandPaths(catalogue),
      ...queryPaths(catalogue),
      ...streamPaths(),
      ...eventPaths(),
      ...projectionPaths(),
      ...consumerPaths(),
      ...deadLetterPaths(),
      ...operationPaths(),
    },
    components: { schemas: { ...answerSchemas, ...partSchemas(catalogue) } },
  }
}

function tagsOf(catalogue: Catalogue): readonly JsonSchema[] {
  const owners = new Set(catalogue.commands.map(({ owner }) => owner))
  return [...owners, 'queries', 'log', 'operation'].map((name) => ({ name }))
}

function partSchemas(catalogue: Catalogue): JsonSchema {
  return Object.fromEntries([
    ...catalogue.commands.map(({ name, input }) => componentOf(`command.${name}`, input)),
    ...catalogue.events.map(({ category, type, data }) => componentOf(`event.${category}.${type}`, data)),
    ...catalogue.views.map(({ name, document }) => componentOf(`view.${name}`, foundDocument(document))),
    ...catalogue.queries.map(({ name, input }) => componentOf(`query.${name}`, input)),
  ])
}
