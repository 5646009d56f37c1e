import type { AggregateDefinition, AnyAggregate, CommandDefinition } from '../model/aggregate.ts'
import type { AnyBoundary, BoundaryDefinition } from '../model/boundary.ts'
import type { EventQuery } from '../model/decision.ts'
import { KhataError } from '../model/error.ts'
import { type EventLink, linksOf, namesOf } from '../model/event.ts'
import type { Part } from '../model/part.ts'
import type { AnyProcess } from '../model/process.ts'
import type { AnyProjection } from '../model/projection.ts'
import type { AnyQuery } from '../model/query.ts'
import type { Reactor } from '../model/reactor.ts'
import type { Schedule } from '../model/schedule.ts'
import type { Schema } from '../model/schema.ts'

/** One event type of one category: its names, its schema's history, its tags. */
export interface EventKind {
  readonly category: string
  /** Its name in the code. */
  readonly type: string
  /** Its name in the store. */
  readonly storedAs: string
  readonly aliases: readonly string[]
  readonly links: readonly EventLink[]
  readonly schema: Schema
  readonly tags: ((data: never, streamId: string) => readonly string[]) | null
}

/** A command with what it belongs to. */
export type CommandTarget = {
  readonly name: string
  readonly command: CommandDefinition
  readonly seenRejections: Set<string>
} & (
  | { readonly kind: 'aggregate'; readonly owner: string; readonly definition: AggregateDefinition }
  | { readonly kind: 'boundary'; readonly owner: string; readonly definition: BoundaryDefinition }
)

/** Everything an app consists of, by name. */
export interface Registry {
  readonly aggregates: ReadonlyMap<string, AnyAggregate>
  readonly boundaries: ReadonlyMap<string, AnyBoundary>
  readonly commands: ReadonlyMap<string, CommandTarget>
  readonly projections: ReadonlyMap<string, AnyProjection>
  readonly queries: ReadonlyMap<string, AnyQuery>
  readonly reactors: ReadonlyMap<string, Reactor>
  readonly processes: ReadonlyMap<string, AnyProcess>
  readonly schedules: ReadonlyMap<string, Schedule>
  readonly kinds: readonly EventKind[]
  /** By category and the name in the code. */
  kind(category: string, type: string): EventKind | undefined
  /** By category and the name in the store, aliases included. */
  storedKind(category: string, storedAs: string): EventKind | undefined
  /** A query in the names of the code, as one in the names of the store. */
  stored(query: EventQuery): EventQuery
}

/**
 * Gathers an app's parts.
 * @throws KhataError `definition` when two parts use one name
 */
export function registryOf(parts: readonly Part[]): Registry {
  const aggregates = new Map<string, AnyAggregate>()
  const boundaries = new Map<string, AnyBoundary>()
  const commands = new Map<string, CommandTarget>()
  const projections = new Map<string, AnyProjection>()
  const queries = new Map<string, AnyQuery>()
  const reactors = new Map<string, Reactor>()
  const processes = new Map<string, AnyProcess>()
  const schedules = new Map<string, Schedule>()
  const kinds: EventKind[] = []
  const byType = new Map<string, EventKind>()
  const byStored = new Map<string, EventKind>()
  const unique = <T>(map: Map<string, T>, what: string, name: string, value: T): void => {
    if (map.has(name)) throw new KhataError('definition', `Two parts define the ${what} '${name}': rename one.`, { part: name })
    map.set(name, value)
  }

  for (const part of new Set(parts)) {
    if (part.kind === 'projection') {
      unique(projections, 'projection', part.name, part)
    } else if (part.kind === 'query') {
      unique(queries, 'query', part.name, part)
    } else if (part.kind === 'reactor') {
      unique(reactors, 'reactor', part.name, part)
    } else if (part.kind === 'process') {
      unique(processes, 'process', part.name, part)
    } else if (part.kind === 'schedule') {
      unique(schedules, 'schedule', part.name, part)
    } else {
      if (part.kind === 'aggregate') unique(aggregates, 'aggregate', part.name, part)
      else unique(boundaries, 'boundary', part.name, part)
      for (const [name, command] of Object.entries<CommandDefinition>(part.definition.commands)) {
        const target = {
          name,
          command,
          kind: part.kind,
          owner: part.name,
          definition: part.definition,
          seenRejections: new Set(),
        }
        unique(commands, 'command', name, target as CommandTarget)
      }
      for (const [type, schema] of Object.entries<Schema>(part.definition.events)) {
        const names = namesOf(schema)
        const kind: EventKind = {
          category: part.name,
          type,
          storedAs: names.storedAs ?? type,
          aliases: names.aliases ?? [],
          links: linksOf(schema),
          schema,
          tags: part.definition.tags[type] ?? null,
        }
        kinds.push(kind)
        byType.set(`${part.name}.${type}`, kind)
        for (const stored of [kind.storedAs, ...kind.aliases]) byStored.set(`${part.name}.${stored}`, kind)
      }
    }
  }
  // All three keep events in streams of their own category.
  const categories = [...aggregates.keys(), ...boundaries.keys(), ...processes.keys()]
  const twice = categories.find((name, index) => categories.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new KhataError('definition', `Two of aggregates, boundaries and processes are called '${twice}': rename one.`, {
      part: twice,
    })
  }
  for (const name of queries.keys()) {
    if (projections.has(name)) {
      throw new KhataError(
        'definition',
        `A query and a projection are both called '${name}': a view answers by its own name.`,
        { part: name },
      )
    }
  }

  const storedNames = new Map<string, Set<string>>()
  for (const kind of kinds) {
    const names = storedNames.get(kind.type) ?? new Set()
    for (const stored of [kind.storedAs, ...kind.aliases]) names.add(stored)
    storedNames.set(kind.type, names)
  }
  return {
    aggregates,
    boundaries,
    commands,
    projections,
    queries,
    reactors,
    processes,
    schedules,
    kinds,
    kind: (category, type) => byType.get(`${category}.${type}`),
    storedKind: (category, storedAs) => byStored.get(`${category}.${storedAs}`),
    stored: (query) =>
      query.map((item) =>
        item.types ? { ...item, types: item.types.flatMap((type) => [...(storedNames.get(type) ?? [type])]) } : item,
      ),
  }
}
