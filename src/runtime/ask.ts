/** Questions by name, from text parameters as they come over HTTP or from a command line. */

import type { User } from '../model/decision.ts'
import { KhataError } from '../model/error.ts'
import type { Freshness, QueryDefinition } from '../model/query.ts'
import type { Position } from '../model/units.ts'
import { validate } from '../model/validate.ts'
import type { Answer } from './app.ts'
import type { Registry } from './registry.ts'
import type { Tokens } from './token.ts'
import type { AnyView, FreshView } from './views.ts'

/** Answers questions. */
export interface QueryBus {
  query(
    name: string,
    input: unknown,
    options: Freshness & { readonly user?: User },
  ): Promise<{ readonly data: unknown; readonly position: Position }>
  ask(
    name: string,
    parameters: Readonly<Record<string, string>>,
    options: Freshness & { readonly user?: User },
  ): Promise<Answer>
}

/** The query bus of an app. */
export function queryBus(
  registry: Registry,
  views: ReadonlyMap<string, FreshView>,
  tokens: Tokens,
  authorize: (query: string, input: unknown, user: User | undefined) => Promise<void>,
): QueryBus {
  const query: QueryBus['query'] = async (name, given, options) => {
    const found = registry.queries.get(name)
    if (!found) throw new KhataError('unknown-query', `There is no query '${name}'.`, { query: name })
    const definition = found.definition as QueryDefinition
    const checked = validate(definition.input, given)
    if (checked.errors) throw new KhataError('validation', `The input of ${name} is not valid.`, { errors: checked.errors })
    await authorize(name, checked.value, options.user)
    const used = definition.views.map((projection) => views.get(projection.name) as FreshView)
    const positions = await Promise.all(used.map(async (view) => (await view.fresh(options)).position))
    const context = {
      user: options.user ?? null,
      view(projection: { readonly name: string }) {
        const view = used.find(({ compiled }) => compiled.name === projection.name)
        if (!view)
          throw new KhataError(
            'usage',
            `The query '${name}' asks the view '${projection.name}' without declaring it in \`views\`.`,
            null,
          )
        return freshly(view, options)
      },
    }
    try {
      const data = await definition.answer(checked.value as never, context as never)
      return { data, position: Math.min(...positions) }
    } catch (cause) {
      if (cause instanceof KhataError) throw cause
      throw new KhataError('handler-failed', `The query ${name} threw.`, { handler: name }, { cause })
    }
  }

  return {
    query,
    async ask(name, parameters, options) {
      const view = views.get(name)
      if (!view) {
        const { data, position } = await query(name, parameters, options)
        return { data: data ?? null, token: await tokens.at(position === Number.POSITIVE_INFINITY ? 0 : position) }
      }
      await authorize(name, parameters, options.user)
      const { position } = await view.fresh(options)
      const token = await tokens.at(position)
      const { id, limit, cursor, search, order, ...fields } = parameters
      if (id !== undefined) {
        if (Object.keys(parameters).length > 1) throw invalid('id', 'goes alone')
        const document = await view.get(id, options)
        return { data: document && withId(id, document), token }
      }
      const paging = {
        ...(limit === undefined ? {} : { limit: numberOf('limit', limit) }),
        ...(cursor === undefined ? {} : { cursor }),
      }
      if (search !== undefined && (order !== undefined || Object.keys(fields).length > 0)) {
        throw invalid('search', 'goes with limit and cursor only')
      }
      const page =
        search === undefined
          ? await view.find({
              ...freshness(options),
              where: whereOf(view, fields) as never,
              ...(order === undefined ? {} : { order: order as never }),
              ...paging,
            })
          : await view.search(search, { ...freshness(options), ...paging })
      return { data: page.items.map(({ id, document }) => withId(id, document)), next: page.next, token }
    },
  }
}

function freshness({ after, waitMs }: Freshness): Freshness {
  return { ...(after === undefined ? {} : { after }), ...(waitMs === undefined ? {} : { waitMs }) }
}

/** A view that is asked as freshly as the query was. */
function freshly(view: FreshView, options: Freshness): AnyView {
  const asked = freshness(options)
  return {
    get: (id, own) => view.get(id, { ...asked, ...own }),
    find: (own) => view.find({ ...asked, ...own }),
    search: (words, own) => view.search(words, { ...asked, ...own }),
    count: (own) => view.count({ ...asked, ...own }),
  }
}

function withId(id: string, document: object): object {
  return 'id' in document ? document : { id, ...document }
}

/** `field=`, `field.gte=` and the like, each value by the type of its field. */
function whereOf(view: FreshView, parameters: Readonly<Record<string, string>>): Record<string, unknown> {
  const where: Record<string, Record<string, unknown> | unknown> = {}
  for (const [name, text] of Object.entries(parameters)) {
    const dot = name.lastIndexOf('.')
    const operator = dot > 0 && ['gt', 'gte', 'lt', 'lte'].includes(name.slice(dot + 1)) ? name.slice(dot + 1) : null
    const field = operator ? name.slice(0, dot) : name
    const type = view.compiled.fields.find((known) => known.name === field)?.type
    if (!type) {
      const known = view.compiled.fields.map((entry) => entry.name).join(', ') || 'none'
      throw invalid(
        name,
        `is not a parameter of '${view.compiled.name}'; fields: ${known}; also id, order, limit, cursor${view.compiled.search ? ', search' : ''}`,
      )
    }
    const value = type === 'number' ? numberOf(name, text) : type === 'boolean' ? booleanOf(name, text) : text
    const before = where[field]
    if (before !== undefined && (operator === null || typeof before !== 'object'))
      throw invalid(field, 'is either one value or has bounds')
    where[field] = operator === null ? value : { ...(before as object | undefined), [operator]: value }
  }
  return where
}

function numberOf(path: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw invalid(path, 'must be a number')
  return value
}

function booleanOf(path: string, text: string): boolean {
  if (text !== 'true' && text !== 'false') throw invalid(path, 'must be true or false')
  return text === 'true'
}

function invalid(path: string, message: string): KhataError<'validation'> {
  return new KhataError('validation', `The parameter ${path} ${message}.`, { errors: [{ path, message }] })
}
