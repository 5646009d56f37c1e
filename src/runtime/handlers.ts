import type { EventSource } from '../model/projection.ts'

/** Handlers by `category.Type`, from the names in a definition's `on`, which may be qualified or not. */
export function handlersOf<Handler>(definition: {
  readonly from: readonly EventSource[]
  readonly on: { readonly [type: string]: unknown }
}): ReadonlyMap<string, Handler> {
  const handlers = new Map<string, Handler>()
  const sources = new Set(definition.from.map((source) => source.name))
  for (const [name, handler] of Object.entries(definition.on)) {
    const dot = name.indexOf('.')
    if (dot > 0 && sources.has(name.slice(0, dot))) {
      handlers.set(name, handler as Handler)
      continue
    }
    for (const source of definition.from) {
      const { events } = (source as unknown as { readonly definition: { readonly events: object } }).definition
      if (name in events) handlers.set(`${source.name}.${name}`, handler as Handler)
    }
  }
  return handlers
}
