import type { AggregateDefinition, SnapshotPolicy } from './aggregate.ts'
import type { BoundaryDefinition } from './boundary.ts'
import { checkCommands, checkIdField } from './check-commands.ts'
import { checkEvents, checkHandlers } from './check-events.ts'
import { checkFunction, checkKeys, checkName, checkWhole, refuse } from './check-name.ts'
import { checkStored } from './check-stored.ts'
import { findLoss } from './check-value.ts'
import { defOf, fieldSchemas, isObjectSchema, isSchema } from './schema-shape.ts'

/**
 * Refuses an aggregate that cannot work, when it is defined rather than when it is first used.
 * @param options what the caller gave: an option that does not exist is refused
 * @throws KhataError `definition` with one sentence: which part, what, and what to do
 */
export function checkAggregate(name: string, definition: AggregateDefinition, options: object): void {
  const part = checkName('aggregate', name)
  checkKeys(part, options, ['id', 'events', 'initial', 'state', 'evolve', 'tags', 'commands', 'snapshot'])
  checkEvents(part, definition.events)
  checkHandlers(part, 'evolve', definition.evolve, Object.keys(definition.events))
  checkHandlers(part, 'tags', definition.tags, Object.keys(definition.events))
  checkCommands(part, definition.commands)
  if (typeof definition.id !== 'string' || definition.id === '') {
    refuse(part, 'id must be the name of the input field that names the stream.')
  }
  for (const [command, { input }] of Object.entries(definition.commands)) checkIdField(part, definition.id, command, input)
  if (definition.state !== undefined) checkStored(part, 'state', definition.state)
  const loss = findLoss(definition.initial)
  if (loss !== null) {
    const where = loss.path === '' ? 'initial' : `field '${loss.path}' of initial`
    refuse(part, `${where} is ${loss.found}: a state may hold only what JSON carries, because snapshots store it.`)
  }
  if (definition.snapshot !== null) checkSnapshot(part, definition.snapshot)
}

function checkSnapshot(part: string, snapshot: SnapshotPolicy): void {
  checkKeys(`${part}, snapshot`, snapshot, ['every', 'stateVersion'])
  checkWhole(part, 'snapshot.every', snapshot.every, 10)
  if (snapshot.stateVersion !== undefined) checkWhole(part, 'snapshot.stateVersion', snapshot.stateVersion, 1)
}

/**
 * Refuses a boundary that cannot work, as {@link checkAggregate} does.
 * @throws KhataError `definition`
 */
export function checkBoundary(name: string, definition: BoundaryDefinition, options: object): void {
  const part = checkName('boundary', name)
  checkKeys(part, options, ['of', 'from', 'events', 'stream', 'consult', 'initial', 'evolve', 'tags', 'commands'])
  const { of } = definition
  if (!isSchema(of) || !isObjectSchema(of)) refuse(part, 'of must be a schema of an object: z.object({ … }).')
  if (!Array.isArray(definition.from) || definition.from.some((source) => !isSource(source))) {
    refuse(part, 'from must be a list of aggregates and boundaries.')
  }
  checkEvents(part, definition.events)
  for (const option of ['stream', 'consult', 'initial'] as const) checkFunction(part, option, definition[option])
  const own = Object.keys(definition.events)
  const others = definition.from.flatMap((source) => Object.keys(source.definition.events))
  checkHandlers(part, 'evolve', definition.evolve, [...new Set([...own, ...others])])
  checkHandlers(part, 'tags', definition.tags, own)
  checkCommands(part, definition.commands)
  const fields = Object.keys(defOf(of).shape ?? {})
  for (const [command, { input }] of Object.entries(definition.commands)) {
    if (!isObjectSchema(input)) continue
    for (const field of fields) {
      if (fieldSchemas(input, field).length === 0) {
        refuse(part, `the input of command '${command}' has no field '${field}', which of asks for.`)
      }
    }
  }
}

/** Whether something is an aggregate or boundary, whose events can be read. */
export function isSource(value: unknown): boolean {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null
  return kind === 'aggregate' || kind === 'boundary'
}
