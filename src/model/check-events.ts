import { checkCodeName, checkFunction, checkRecord, checkStorageName, refuse } from './check-name.ts'
import { checkStored } from './check-stored.ts'
import { linksOf, namesOf } from './event.ts'
import type { Schemas } from './schema.ts'

/**
 * Checks the events that an aggregate or boundary declares: names, every version's schema, and names in the store.
 * @throws KhataError `definition`
 */
export function checkEvents(part: string, events: Schemas): void {
  checkRecord(part, 'events', events)
  const owners = new Map<string, string>()
  for (const [type, schema] of Object.entries(events)) {
    checkCodeName(part, 'event', type)
    const links = typeof schema === 'object' && schema !== null ? linksOf(schema) : [{ schema, upcast: null }]
    for (const [i, link] of links.entries()) {
      checkStored(part, links.length > 1 ? `version ${i + 1} of event '${type}'` : `event '${type}'`, link.schema)
      if (i > 0) checkFunction(part, `the upcaster to version ${i + 1} of event '${type}'`, link.upcast)
    }
    const { storedAs = type, aliases = [] } = namesOf(schema)
    for (const name of [storedAs, ...aliases]) {
      checkStorageName(part, name)
      const owner = owners.get(name)
      if (owner !== undefined) {
        refuse(part, `the events '${owner}' and '${type}' are both stored as '${name}': give one of them another storage name.`)
      }
      owners.set(name, type)
    }
  }
}

/**
 * Checks that handlers are functions for events that exist.
 * @param option `evolve` or `tags`
 * @throws KhataError `definition`
 */
export function checkHandlers(part: string, option: string, handlers: object, types: readonly string[]): void {
  checkRecord(part, option, handlers)
  for (const [type, handler] of Object.entries(handlers)) {
    if (!types.includes(type))
      refuse(part, `${option} has '${type}', but there is no such event; there are ${types.join(', ')}.`)
    if (handler !== undefined) checkFunction(part, `${option}.${type}`, handler)
  }
}
