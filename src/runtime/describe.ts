import type { CommandDefinition } from '../model/aggregate.ts'
import { jsonSchemaOf } from '../model/json-schema.ts'
import type { QueryDefinition } from '../model/query.ts'
import type { Catalogue } from './catalogue.ts'
import type { CompiledView } from './compiled-view.ts'
import type { Registry } from './registry.ts'

/** What an app consists of. Rejections that no command declares are listed once they were seen. */
export function describe(registry: Registry, views: readonly CompiledView[]): Catalogue {
  const commands = [...registry.commands.values()].map((target) => {
    const command: CommandDefinition = target.command
    return {
      name: target.name,
      owner: target.owner,
      ownerKind: target.kind,
      description: command.description ?? null,
      input: jsonSchemaOf(command.input, 'input'),
      get rejections() {
        return [...new Set([...(command.rejections ?? []), ...target.seenRejections])].sort()
      },
    }
  })
  const events = registry.kinds.map((kind) => ({
    type: kind.type,
    category: kind.category,
    version: kind.links.length,
    data: jsonSchemaOf(kind.schema, 'output'),
    consumers: views.filter((view) => view.handles(kind.category, kind.type)).map((view) => view.name),
  }))
  const viewEntries = views.map((view) => ({
    name: view.name,
    description: view.projection.definition.description,
    document: jsonSchemaOf(view.projection.definition.document, 'output'),
    fields: view.fields,
    search: view.search,
  }))
  const queries = [...registry.queries.values()].map((query) => {
    const definition: QueryDefinition = query.definition
    return {
      name: query.name,
      description: definition.description,
      input: jsonSchemaOf(definition.input, 'input'),
      views: definition.views.map((view) => view.name),
    }
  })
  return { commands, events, views: viewEntries, queries }
}
