import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import { v7 } from 'uuid'
import type { AnyApp, App } from '../runtime/app.ts'
import { addAuthentication, addCorrelation, addPolicies, callerKey } from './caller.ts'
import { commandRoutes } from './commands.ts'
import { consumerRoutes } from './consumers.ts'
import { deadLetterRoutes } from './dead-letters.ts'
import { descriptionRoutes } from './descriptions.ts'
import { eventRoutes } from './events.ts'
import { addFailures, sendFrameworkProblem, sendParserProblem } from './failure.ts'
import { addGate } from './gate.ts'
import { addJsonBodies } from './json-body.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { noteRoutes } from './notes.ts'
import { type HttpOptions, type Settings, settingsOf } from './options.ts'
import { probeRoutes } from './probes.ts'
import { Problem } from './problem.ts'
import { projectionRoutes } from './projections.ts'
import { queryRoutes } from './queries.ts'
import { addRoutes } from './route.ts'
import { streamRoutes } from './streams.ts'

const requestTimeoutMs = 30_000
/** Letters of one part of an address; ids are shorter, but may be percent-encoded. */
const parameterLimit = 2_048

/**
 * The HTTP interface of an app without a socket: for tests (`inject`), or to listen by other means. Routes that are
 * added to it need a `config.policy`, as Khata's own.
 *
 * @throws KhataError `setting` when an option is wrong
 */
export function createHttp(app: App<any> | AnyApp, options: HttpOptions = {}): FastifyInstance {
  return createFromSettings(app as AnyApp, settingsOf(options))
}

/** As {@link createHttp}, with options that were checked before. */
export function createFromSettings(app: AnyApp, settings: Settings): FastifyInstance {
  const closing = new AbortController()
  const metrics = createMetrics(app.catalogue)
  const http = bareServer(settings)
  http.removeAllContentTypeParsers()
  addJsonBodies(http)
  addFailures(http)
  addCounting(http, metrics)
  addCorrelation(http)
  addGate(http, settings)
  addClosing(http, closing)
  addAuthentication(http, settings)
  addPolicies(http, app, settings)
  if (settings.ratePerMinute > 0) addRateLimit(http, settings)
  // A plugin of its own, so that it is loaded after the rate limit, which must see every route.
  http.register(async (scope) => {
    addRoutes(scope, [
      ...commandRoutes(app, metrics),
      ...queryRoutes(app),
      ...streamRoutes(app),
      ...eventRoutes(app, { metrics, closing: closing.signal }),
      ...projectionRoutes(app),
      ...consumerRoutes(app),
      ...deadLetterRoutes(app, closing.signal),
      ...noteRoutes(app),
      ...probeRoutes(app, settings, metrics),
      ...descriptionRoutes(app),
    ])
  })
  return http
}

/**
 * Ids of requests, and so correlation ids: unique everywhere by their beginning, which is made once, since a random id for
 * each request costs more than the rest of reading it; and near each other, as the store's index of them likes.
 */
function requestIds(): () => string {
  const server = v7()
  let count = 0
  return () => `${server}-${(++count).toString(36)}`
}

function bareServer(settings: Settings): FastifyInstance {
  return Fastify({
    ...(settings.logger
      ? { loggerInstance: settings.logger }
      : {
          logger: { level: 'error', stream: process.stderr },
          logController: new LogController({ disableRequestLogging: true }),
        }),
    genReqId: requestIds(),
    bodyLimit: settings.bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    return503OnClosing: false,
    routerOptions: { maxParamLength: parameterLimit, querystringParser: () => ({}) },
    frameworkErrors: sendFrameworkProblem,
    clientErrorHandler: sendParserProblem,
  }) as unknown as FastifyInstance
}

function addCounting(http: FastifyInstance, metrics: Metrics): void {
  http.addHook('onRequest', async (request, reply) => {
    const finish = metrics.startRequest(request.method)
    const route = request.is404 ? 'unknown' : (request.routeOptions.url ?? 'unknown')
    // Not the `onResponse` hook: it is not called for a client that left.
    reply.raw.once('close', () => finish(route, reply.raw.statusCode))
  })
}

/** From the first moment of a shutdown, live feeds end and new requests are sent elsewhere; accepted ones go on. */
function addClosing(http: FastifyInstance, closing: AbortController): void {
  http.addHook('preClose', async () => closing.abort())
  http.addHook('onRequest', async () => {
    if (!closing.signal.aborted) return
    throw new Problem('shutting-down', 'The server is shutting down', { headers: { 'retry-after': '1' } })
  })
  // A client that kept its connection would otherwise hold up the shutdown, or send its next request into nothing.
  http.addHook('onSend', async (_request, reply) => {
    if (closing.signal.aborted) reply.header('connection', 'close')
  })
}

function addRateLimit(http: FastifyInstance, settings: Settings): void {
  http.register(rateLimit, {
    max: settings.ratePerMinute,
    timeWindow: 60_000,
    keyGenerator: callerKey,
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem('too-many-requests', `More than ${settings.ratePerMinute} requests in a minute`, {
        members: { retryAfterMs: ttl },
      }),
  })
}
