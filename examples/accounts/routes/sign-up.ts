import { createHash, randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { Rejected } from 'khata'
import * as z from 'zod'
import { hashEmail, normalEmail } from '../email.ts'
import { user } from '../user.ts'
import { bodyOf, type Context, sendFor } from './context.ts'

/** What a password may be: long enough to be hard to guess, short enough to be no burden to hash. */
export const newPassword = z.string().min(8).max(128)

const signUp = z.object({
  email: z.string().transform(normalEmail).pipe(z.email().max(254)),
  password: newPassword,
  name: z.string().trim().min(1).max(200),
})

/**
 * `POST /signup`: answers as soon as the fact is on disk. Mail, CRM, analytics and points follow from it on their own,
 * however slow they are. With an `Idempotency-Key`, whoever did not hear the answer can ask again and gets it.
 */
export function addSignUp(http: FastifyInstance, context: Context): void {
  http.post('/signup', { config: { policy: 'public' } }, async (request, reply) => {
    const { email, password, name } = bodyOf(signUp, request)
    const emailHash = hashEmail(context.emailKey, email)
    const key = request.headers['idempotency-key']
    const userId = typeof key === 'string' ? userIdOf(emailHash, key) : randomUUID()
    // First: a user without a password could never log in, while a hash without a user is nothing.
    await context.credentials.keepFirst(userId, await context.passwords.hash(password))
    try {
      const options = typeof key === 'string' ? { idempotencyKey: key } : {}
      const message = user.commands.SignUp({ userId, email, emailHash, name })
      const { token } = await sendFor(context, request, message, userId, options)
      reply.code(201).header('khata-position', token)
      return { userId, email, name, token }
    } catch (error) {
      // Not after an unknown outcome: the user may be there.
      if (error instanceof Rejected) await context.credentials.forget(userId)
      throw error
    }
  })
}

/** The same for the same request, so that a repeated one is known by its user. */
function userIdOf(emailHash: string, key: string): string {
  return createHash('sha256').update(`${emailHash} ${key}`).digest('hex').slice(0, 32)
}
