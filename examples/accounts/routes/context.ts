import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { type AnyApp, KhataError, type Message, type Receipt, Rejected, type SendOptions } from 'khata'
import type * as z from 'zod'
import type { Credentials } from '../credentials.ts'
import type { Passwords } from '../passwords.ts'
import type { PrivateFolder } from '../private-folder.ts'
import { session } from '../session.ts'

/** What the routes work with. */
export interface Context {
  readonly app: Pick<AnyApp, 'send' | 'load' | 'events' | 'view'>
  readonly passwords: Passwords
  readonly credentials: Credentials
  readonly files: PrivateFolder
  readonly emailKey: Buffer
}

/** Who is logged in. */
export interface LoggedIn {
  readonly userId: string
  readonly sessionId: string
}

/**
 * A request's body as a schema wants it.
 * @throws KhataError `validation` with every wrong field; never with what was in it
 */
export function bodyOf<T extends z.ZodType>(schema: T, request: FastifyRequest): z.output<T> {
  const { success, data, error } = schema.safeParse(request.body ?? {})
  if (success) return data
  const errors = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  const [first] = errors
  throw new KhataError('validation', `${first?.path || 'body'}: ${first?.message}`, { errors })
}

/**
 * Sends a command for a request and answers its receipt.
 * @throws Rejected when a rule said no, and what `send` throws
 */
export async function sendFor(
  { app }: Context,
  request: FastifyRequest,
  message: Message,
  userId: string,
  options: SendOptions = {},
): Promise<Receipt> {
  const { correlationId } = request.caller
  const outcome = await app.send(message, { user: { id: userId }, correlationId, ...options })
  if (outcome.rejected !== undefined) throw new Rejected(message.command, outcome.rejected, outcome.detail)
  return outcome
}

/** The id of the session that a token stands for. */
export function sessionIdOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/**
 * Who sent a request: the session is asked each time, so that one that was revoked is refused from that moment on.
 * @throws KhataError `unauthenticated`
 */
export async function loggedIn({ app }: Context, request: FastifyRequest): Promise<LoggedIn> {
  const token = /^Bearer ([\w-]{20,100})$/.exec(request.headers.authorization ?? '')?.[1]
  if (token) {
    const sessionId = sessionIdOf(token)
    const { userId, ended, expiresAt } = (await app.load(session, sessionId)).state
    if (userId !== '' && !ended && Date.parse(expiresAt) > Date.now()) return { userId, sessionId }
  }
  throw new KhataError('unauthenticated', 'Log in first: POST /login.', null)
}
