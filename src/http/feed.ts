/**
 * Live feeds of events as server-sent events (`text/event-stream`).
 *
 * Invariants
 * - `id` is the token of the event: a client that comes back with it as `Last-Event-ID` gets what followed, no more and
 *   no less, from any server on the same store. `previous` in the data lets a client see a hole by itself.
 * - The log is read no faster than the client takes it: one event is written, then the socket's buffer is waited for.
 * - A feed ends by itself only with `event: end` (come again) or `event: problem` (what happened, as a problem document).
 */
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnyApp, EventFilter } from '../runtime/app.ts'
import type { Metrics } from './metrics.ts'
import { Problem, problemDocument, toProblem } from './problem.ts'

const feedLimit = 1_000
const heartbeatMs = 15_000
/** A client that takes nothing for this long is cut off; it can resume. */
const stallLimitMs = 60_000
/** Milliseconds that a client waits before it comes again, and the most that chance adds to it after a shutdown. */
const retryMs = 1_000
const retryJitterMs = 4_000

/** The live feeds of one server. */
export interface Feeds {
  readonly metrics: Metrics
  /** Aborted when the server shuts down. */
  readonly closing: AbortSignal
}

/**
 * Takes over the answer and writes events to it until the client leaves or the server closes.
 * @throws Problem `overloaded` when there are too many feeds already
 */
export async function openFeed(
  app: AnyApp,
  feeds: Feeds,
  request: FastifyRequest,
  reply: FastifyReply,
  from: EventFilter & { readonly after?: string },
): Promise<void> {
  if (feeds.metrics.openFeeds >= feedLimit) {
    throw new Problem('overloaded', 'Too many live feeds are open', {
      members: { retryAfterMs: 5_000 },
      headers: { 'retry-after': '5' },
    })
  }
  const { raw } = reply
  // A connection that carried a feed is not used again: an idle one would hold up a shutdown.
  reply.headers({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no', connection: 'close' })
  const headers = reply.getHeaders() as Record<string, string>
  reply.hijack()
  raw.writeHead(200, headers)
  if (request.method === 'HEAD') {
    raw.end()
    return
  }
  const left = new AbortController()
  raw.once('close', () => left.abort())
  raw.once('error', () => left.abort())
  feeds.metrics.feeds(1)
  raw.write(`retry: ${retryMs}\n\n`)
  const heartbeat = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(':\n\n')
  }, heartbeatMs)
  try {
    await pump(app, raw, from, AbortSignal.any([left.signal, feeds.closing]))
    if (!left.signal.aborted) raw.write(endMessage())
  } catch (error) {
    const problem = toProblem(error)
    if (problem.status === 500)
      request.log.error({ err: error, correlationId: request.caller.correlationId }, 'a live feed failed')
    raw.write(message('problem', problemDocument(problem)))
  } finally {
    clearInterval(heartbeat)
    feeds.metrics.feeds(-1)
    raw.end()
  }
}

async function pump(
  app: AnyApp,
  raw: ServerResponse,
  from: EventFilter & { readonly after?: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const { event, token, previous } of app.events.follow({ ...from, signal })) {
      if (signal.aborted) return
      if (!raw.write(`id: ${token}\n${message('event', { ...event, previous })}`)) await drained(raw, signal)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** Waits until the socket takes more, the feed ends, or the client has been still for too long. */
function drained(raw: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(stalled)
      raw.off('drain', finish)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    const stalled = setTimeout(() => raw.destroy(), stallLimitMs)
    raw.once('drain', finish)
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted) finish()
  })
}

/** After a shutdown not all clients should come back in the same moment. */
function endMessage(): string {
  const wait = retryMs + Math.round(Math.random() * retryJitterMs)
  return `retry: ${wait}\n${message('end', { reason: 'shutting-down', retryAfterMs: wait })}`
}

/** One name for all events: an event type such as `error` would mean something else to a browser's `EventSource`. */
function message(name: 'event' | 'end' | 'problem', data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
