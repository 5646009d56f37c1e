import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { User } from '../model/decision.ts'
import type { Action } from '../runtime/app.ts'
import { Problem } from './problem.ts'

/**
 * Who may use a route.
 * - `public`: everybody; for probes and descriptions, which show nothing of the store
 * - `bus`: whoever is logged in; the command bus or query bus asks the app's policy
 * - a function: whoever the app's policy allows the action that it answers
 */
export type RoutePolicy = 'public' | 'bus' | ((request: FastifyRequest) => Omit<Action, 'user'>)

/** What Khata keeps with a request. */
export interface Caller {
  readonly user: User
  readonly correlationId: string
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may use the route. A route without one stops the start. */
    policy?: RoutePolicy
  }
  interface FastifyRequest {
    caller: Caller
  }
}

/** One row of the table of routes. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** As Fastify writes it: `/api/streams/:category/:id`. */
  readonly path: string
  readonly policy: RoutePolicy
  /** What it answers is sent as JSON; a route that sends by itself answers the reply. */
  readonly answer: (request: FastifyRequest, reply: FastifyReply) => unknown
}

const everyMethod: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']

/** Registers a table of routes; on each of their paths, other methods are answered with what is allowed there. */
export function addRoutes(http: FastifyInstance, routes: readonly Route[]): void {
  const methodsByPath = new Map<string, HTTPMethods[]>()
  for (const { method, path, policy, answer } of routes) {
    http.route({ method, url: path, config: { policy }, handler: async (request, reply) => answer(request, reply) })
    const methods = methodsByPath.get(path) ?? ['OPTIONS']
    methodsByPath.set(path, methods)
    methods.push(...(method === 'GET' ? ['GET' as const, 'HEAD' as const] : [method]))
  }
  for (const [path, methods] of methodsByPath) addOtherMethods(http, path, methods)
}

function addOtherMethods(http: FastifyInstance, path: string, allowed: readonly HTTPMethods[]): void {
  const allow = [...allowed].sort().join(', ')
  http.route({
    method: 'OPTIONS',
    url: path,
    config: { policy: 'public' },
    handler: async (_request, reply) => reply.code(204).header('allow', allow).send(),
  })
  http.route({
    method: everyMethod.filter((method) => !allowed.includes(method)),
    url: path,
    config: { policy: 'public' },
    // Before the body is looked at: what is wrong is the method, whatever came with it.
    onRequest: async (request) => {
      throw new Problem('method-not-allowed', `${request.method} is not one of ${allow}`, { headers: { allow } })
    },
    handler: () => undefined,
  })
}
