import type { AggregateDefinition } from '../model/aggregate.ts'
import type { BoundaryDefinition } from '../model/boundary.ts'
import { KhataError } from '../model/error.ts'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import { validate } from '../model/validate.ts'
import { asynchronous, gavePromise } from './gave-promise.ts'

type Foldable = Pick<AggregateDefinition | BoundaryDefinition, 'evolve'> & Partial<Pick<AggregateDefinition, 'state'>>

const checksState = process.env['NODE_ENV'] !== 'production'

/**
 * The state after an event, frozen: states are shared between commands.
 * @throws KhataError `handler-failed` when `evolve` throws, or its state does not fit the declared state schema
 */
export function evolveState(owner: string, definition: Foldable, state: unknown, event: UnplacedEvent): unknown {
  const handler = definition.evolve[event.type]
  if (!handler) return state
  let next: unknown
  try {
    next = handler(state as never, event.data as never, event)
  } catch (cause) {
    throw new KhataError(
      'handler-failed',
      `evolve of ${owner}.${event.type} threw at event ${event.id} of ${event.category}/${event.streamId}.`,
      { handler: `${owner}.${event.type}` },
      { cause },
    )
  }
  if (gavePromise(next)) throw asynchronous(`evolve of ${owner}.${event.type}`, `${owner}.${event.type}`)
  if (checksState && definition.state) {
    const checked = validate(definition.state, next)
    if ('errors' in checked) {
      const first = checked.errors[0]
      throw new KhataError(
        'handler-failed',
        `evolve of ${owner}.${event.type} gave a state that its schema refuses (${first?.path || 'state'}: ${first?.message}).`,
        { handler: `${owner}.${event.type}` },
      )
    }
  }
  return freeze(next)
}

/** Freezes a value through and through; what is frozen already is not walked again. */
export function freeze<T>(value: T): T {
  if (!isObject(value) || Object.isFrozen(value)) return value
  Object.freeze(value)
  // Asked before the call: most of what events, states and documents hold is text and numbers.
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) if (isObject(value[index])) freeze(value[index])
  } else {
    for (const key in value) if (isObject(value[key])) freeze(value[key])
  }
  return value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
