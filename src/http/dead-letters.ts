import type { FastifyRequest } from 'fastify'
import { isUuid } from '../ports/is-uuid.ts'
import type { AnyApp, DeadLetterEntry } from '../runtime/app.ts'
import { groupRetry, type RetriedGroup } from './group-retry.ts'
import { bodyFields, numberField, operate, operatorOf, textField } from './operator.ts'
import { keepable, readParameters, single, wholeNumber } from './parameters.ts'
import { invalid } from './problem.ts'
import type { Route } from './route.ts'

const states: readonly DeadLetterEntry['state'][] = ['parked', 'retrying', 'discarding']
const one = '/api/dead-letters/:id'
const group = '/api/dead-letters/retry'
const mostPerSecond = 1_000

/** `/api/dead-letters`: events that could not be handled, and what becomes of them. */
export function deadLetterRoutes(app: AnyApp, closing: AbortSignal): readonly Route[] {
  const retries = groupRetry(app, closing)
  return [
    {
      method: 'GET',
      path: '/api/dead-letters',
      policy: operate('list-dead-letters'),
      answer: async (request) => {
        const parameters = readParameters(request, ['consumer', 'lane', 'state', 'after', 'limit'])
        const limit = wholeNumber(parameters, 'limit', 1, 1_000) ?? 100
        const state = stateOf(single(parameters, 'state'))
        const texts = ['consumer', 'lane', 'after'].flatMap((name) => {
          const value = single(parameters, name)
          if (name === 'after' && value !== undefined && !isUuid(value))
            throw invalid('after', 'is not one of this API: give the `next` of the page before')
          return value === undefined ? [] : [[name, value] as const]
        })
        const filter = { ...Object.fromEntries(texts), ...(state === undefined ? {} : { state }), limit }
        const { items, next } = await app.reactions.deadLetters(filter)
        return { deadLetters: items, next }
      },
    },
    {
      method: 'GET',
      path: group,
      policy: operate('list-dead-letters'),
      answer: (request) => {
        readParameters(request, [])
        return retries.status
      },
    },
    {
      method: 'POST',
      path: group,
      policy: operate('retry-dead-letters'),
      answer: async (request, reply) => {
        readParameters(request, [])
        const { perSecond, ...fields } = bodyFields(request, ['consumer', 'lane', 'error', 'perSecond'])
        const rate = numberField('perSecond', perSecond, 1, mostPerSecond)
        const chosen = groupOf(fields)
        // A name that is wrong is told now rather than by the state of the work.
        if (chosen.consumer !== undefined) await app.reactions.deadLetters({ consumer: chosen.consumer, limit: 1 })
        retries.start(chosen, { ...operatorOf(request), ...(rate === undefined ? {} : { perSecond: rate }) })
        reply.code(202).header('location', group)
        return retries.status
      },
    },
    {
      method: 'DELETE',
      path: group,
      policy: operate('retry-dead-letters'),
      answer: (request, reply) => {
        readParameters(request, [])
        retries.cancel()
        return reply.code(204).send()
      },
    },
    {
      method: 'GET',
      path: one,
      policy: operate('read-dead-letter'),
      answer: (request) => {
        readParameters(request, [])
        return app.reactions.deadLetter(idOf(request))
      },
    },
    {
      method: 'POST',
      path: `${one}/retry`,
      policy: operate('retry-dead-letter'),
      answer: async (request, reply) => {
        readParameters(request, [])
        const id = idOf(request)
        await app.reactions.retry(id, { ...bodyFields(request, ['data']), ...operatorOf(request) })
        reply.code(202)
        return { id, state: 'retrying' }
      },
    },
    {
      method: 'POST',
      path: `${one}/dry-run`,
      policy: operate('read-dead-letter'),
      answer: (request) => {
        readParameters(request, [])
        return app.reactions.dryRun(idOf(request), bodyFields(request, ['data']))
      },
    },
    {
      method: 'DELETE',
      path: one,
      policy: operate('discard-dead-letter'),
      answer: async (request, reply) => {
        const asked = single(readParameters(request, ['reason']), 'reason')
        const given = textField('reason', bodyFields(request, ['reason']).reason)
        if (asked !== undefined && given !== undefined) throw invalid('reason', 'given in the address and in the body')
        const id = idOf(request)
        await app.reactions.discard(id, given ?? asked ?? '', operatorOf(request))
        reply.code(202)
        return { id, state: 'discarding' }
      },
    },
  ]
}

function idOf(request: FastifyRequest): string {
  return keepable('id', (request.params as { id: string }).id)
}

function stateOf(text: string | undefined): DeadLetterEntry['state'] | undefined {
  const state = states.find((known) => known === text)
  if (text !== undefined && state === undefined) throw invalid('state', `must be one of ${states.join(', ')}`)
  return state
}

function groupOf(fields: { readonly [Name in keyof RetriedGroup]: unknown }): RetriedGroup {
  const texts = Object.entries(fields).flatMap(([name, value]) => {
    const text = textField(name, value)
    return text === undefined ? [] : [[name, text] as const]
  })
  return Object.fromEntries(texts)
}
