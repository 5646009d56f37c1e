import { isSource } from './check.ts'
import { checkFunction, checkRecord, refuse } from './check-name.ts'
import type { EventSource } from './projection.ts'
import type { Schemas } from './schema.ts'

/** Refuses handlers for events that no source has, or that two have. */
export function checkSources(
  part: string,
  { from, on }: { readonly from: readonly EventSource[]; readonly on: { readonly [type: string]: unknown } },
): void {
  if (!Array.isArray(from) || from.length === 0 || !from.every(isSource)) {
    refuse(part, 'from must be a list of aggregates and boundaries, at least one.')
  }
  checkRecord(part, 'on', on)
  const owners = new Map<string, string[]>()
  const qualified = new Set<string>()
  for (const source of from) {
    for (const type of typesOf(source)) {
      owners.set(type, [...(owners.get(type) ?? []), source.name])
      qualified.add(`${source.name}.${type}`)
    }
  }
  for (const [handled, handler] of Object.entries(on)) {
    checkFunction(part, `on['${handled}']`, handler)
    if (qualified.has(handled)) continue
    const [owner, other] = owners.get(handled) ?? []
    if (owner === undefined) refuse(part, `on has '${handled}', but nothing in from has such an event.`)
    if (other !== undefined) {
      refuse(
        part,
        `on has '${handled}', an event of ${owner} and of ${other}: write '${owner}.${handled}' or '${other}.${handled}'.`,
      )
    }
  }
}

function typesOf(source: EventSource): readonly string[] {
  const { definition } = source as EventSource & { readonly definition: { readonly events: Schemas } }
  return Object.keys(definition.events)
}
