import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { KhataError } from 'khata'
import * as z from 'zod'
import { hashEmail } from '../email.ts'
import { session } from '../session.ts'
import { emailTag } from '../user.ts'
import { bodyOf, type Context, loggedIn, sendFor, sessionIdOf } from './context.ts'

const sessionMs = 30 * 24 * 3_600_000
const logIn = z.object({ email: z.string().max(254), password: z.string().max(128), device: z.string().max(200).optional() })

/** `POST /login` and `POST /logout`. */
export function addLogIn(http: FastifyInstance, context: Context): void {
  const config = { policy: 'public' } as const

  http.post('/login', { config }, async (request) => {
    const { email, password, device = request.headers['user-agent'] ?? 'unknown' } = bodyOf(logIn, request)
    const { app, credentials, passwords, emailKey } = context
    const tags = [emailTag(hashEmail(emailKey, email))]
    const [signedUp] = await app.events.match([{ types: ['UserSignedUp'], tags }], { limit: 1 })
    const hash = signedUp ? await credentials.hashOf(signedUp.streamId) : null
    const isRight = await passwords.verify(password, hash)
    if (!signedUp || !isRight) throw new KhataError('unauthenticated', 'This is not the password of this e-mail address.', null)
    const userId = signedUp.streamId
    const sessionToken = randomBytes(32).toString('base64url')
    const sessionId = sessionIdOf(sessionToken)
    const expiresAt = new Date(Date.now() + sessionMs).toISOString()
    const start = session.commands.StartSession({ sessionId, userId, device: device.slice(0, 200), expiresAt })
    await sendFor(context, request, start, userId)
    return { sessionToken, sessionId, userId, expiresAt }
  })

  http.post('/logout', { config }, async (request, reply) => {
    const { userId, sessionId } = await loggedIn(context, request)
    await sendFor(context, request, session.commands.EndSession({ sessionId, reason: 'logged-out' }), userId)
    reply.code(204)
  })
}
