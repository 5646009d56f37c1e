import type { FastifyInstance, FastifyRequest } from 'fastify'
import { KhataError } from 'khata'
import { openSessions, session } from '../session.ts'
import { type Context, loggedIn, sendFor } from './context.ts'

const { EndSession } = session.commands

/** `GET /sessions`, `DELETE /sessions/{id}`, and `DELETE /sessions` for all but the one that asks. */
export function addSessions(http: FastifyInstance, context: Context): void {
  const config = { policy: 'public' } as const

  http.get('/sessions', { config }, async (request) => {
    const { userId, sessionId: current } = await loggedIn(context, request)
    const sessions = await sessionsOf(context, userId)
    return { sessions: sessions.map(({ sessionId, ...shown }) => ({ sessionId, ...shown, current: sessionId === current })) }
  })

  http.delete<{ Params: { id: string } }>('/sessions/:id', { config }, async (request, reply) => {
    const { userId } = await loggedIn(context, request)
    const { id } = request.params
    const { state } = await context.app.load(session, id)
    if (state.userId !== userId)
      throw new KhataError('unknown-stream', 'There is no such session.', { category: 'session', id })
    await sendFor(context, request, EndSession({ sessionId: id, reason: 'revoked' }), userId)
    reply.code(204)
  })

  http.delete('/sessions', { config }, async (request, reply) => {
    const { userId, sessionId } = await loggedIn(context, request)
    await endOthers(context, request, { userId, sessionId }, 'revoked')
    reply.code(204)
  })
}

/** Ends all sessions of a user but one. */
export async function endOthers(
  context: Context,
  request: FastifyRequest,
  keep: { readonly userId: string; readonly sessionId: string },
  reason: 'revoked' | 'password-changed',
): Promise<void> {
  for (const { sessionId } of await sessionsOf(context, keep.userId)) {
    if (sessionId !== keep.sessionId) await sendFor(context, request, EndSession({ sessionId, reason }), keep.userId)
  }
}

/** All open sessions of a user, as of now: one that began a moment ago must not be missed. */
async function sessionsOf({ app }: Context, userId: string) {
  const view = app.view(openSessions.name)
  const { token: after } = await app.events.head()
  const sessions = []
  for (let cursor: string | undefined; ; ) {
    const page = await view.find({ where: { userId }, order: '-startedAt', after, ...(cursor && { cursor }) })
    for (const { id, document } of page.items) sessions.push({ sessionId: id, ...publicPart(document) })
    if (page.next === null) return sessions
    cursor = page.next
  }
}

function publicPart({ device, startedAt, expiresAt }: Record<string, unknown>) {
  return { device, startedAt, expiresAt }
}
