import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { KhataError } from 'khata'
import * as z from 'zod'
import { avatarLimitBytes, avatarTypeOf, avatarTypes } from '../avatar.ts'
import { points } from '../points.ts'
import { user } from '../user.ts'
import { bodyOf, type Context, loggedIn, sendFor } from './context.ts'
import { endOthers } from './sessions.ts'
import { newPassword } from './sign-up.ts'

const change = z.object({ name: z.string().trim().min(1).max(200) })
const passwordChange = z.object({ current: z.string().max(128), next: newPassword })

/** `GET` and `PATCH /profile`, `PUT /profile/avatar`, `GET /avatars/{id}`, `PUT /password`. */
export function addProfile(http: FastifyInstance, context: Context): void {
  const { app, files, credentials, passwords } = context
  const config = { policy: 'public' } as const

  const profileOf = async (userId: string) => {
    const [{ state }, reward] = await Promise.all([app.load(user, userId), app.load(points, userId)])
    const { email, name, avatarId } = state
    return { userId, email, name, avatar: avatarId === null ? null : `/avatars/${avatarId}`, points: reward.state.total }
  }

  http.get('/profile', { config }, async (request) => profileOf((await loggedIn(context, request)).userId))

  http.patch('/profile', { config }, async (request) => {
    const { userId } = await loggedIn(context, request)
    const { name } = bodyOf(change, request)
    await sendFor(context, request, user.commands.ChangeProfile({ userId, name }), userId)
    return profileOf(userId)
  })

  http.addContentTypeParser(
    [...avatarTypes],
    { parseAs: 'buffer', bodyLimit: avatarLimitBytes },
    async (_: unknown, body: Buffer) => body,
  )
  const bodyLimit = avatarLimitBytes
  http.put('/profile/avatar', { config, bodyLimit }, async (request) => {
    const { userId } = await loggedIn(context, request)
    const picture = request.body
    const type = Buffer.isBuffer(picture) ? avatarTypeOf(picture) : null
    if (!Buffer.isBuffer(picture) || type === null || type !== mediaTypeOf(request.headers['content-type'])) {
      const message = `must be a picture of the type it says: ${avatarTypes.join(', ')}`
      throw new KhataError('validation', `body: ${message}`, { errors: [{ path: 'body', message }] })
    }
    // Named by what is in it: the same picture is kept once, and a kept one never changes.
    const avatarId = createHash('sha256').update(picture).digest('hex')
    await files.write(`avatars/${avatarId}`, picture)
    await sendFor(context, request, user.commands.ChangeAvatar({ userId, avatarId, type, bytes: picture.length }), userId)
    return profileOf(userId)
  })

  http.get<{ Params: { id: string } }>('/avatars/:id', { config }, async (request, reply) => {
    const { id } = request.params
    const picture = /^[0-9a-f]{64}$/.test(id) ? await files.read(`avatars/${id}`) : null
    const type = picture && avatarTypeOf(picture)
    if (!type) throw new KhataError('unknown-stream', 'There is no such avatar.', { category: 'avatar', id })
    reply.header('cache-control', 'public, max-age=31536000, immutable').type(type)
    return reply.send(picture)
  })

  http.put('/password', { config }, async (request, reply) => {
    const caller = await loggedIn(context, request)
    const { current, next } = bodyOf(passwordChange, request)
    if (!(await passwords.verify(current, await credentials.hashOf(caller.userId)))) {
      throw new KhataError('forbidden', 'This is not the current password.', { action: 'password' })
    }
    await credentials.keep(caller.userId, await passwords.hash(next))
    await sendFor(context, request, user.commands.NotePasswordChange({ userId: caller.userId }), caller.userId)
    await endOthers(context, request, caller, 'password-changed')
    reply.code(204)
  })
}

function mediaTypeOf(header: string | undefined): string {
  return header?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
}
