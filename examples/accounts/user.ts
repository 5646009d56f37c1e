import { absent, aggregate, reject } from 'khata'
import * as z from 'zod'
import { avatarTypes } from './avatar.ts'

const userId = z.string().min(1).max(100)
const name = z.string().trim().min(1).max(200)

/**
 * Somebody with an account.
 *
 * The password is not here, and its hash neither: facts are never deleted, are read by API, console and exports, and are
 * copied with every backup, while a hash must be replaceable and go away with its user. It is in `credentials.ts`, and
 * neither passes through a command.
 *
 * That an e-mail address belongs to one user is guarded by a tag. Tags are found by everybody who can ask the store, so
 * the tag holds a keyed hash (`email.ts`), not the address.
 */
export const user = aggregate('user', {
  id: 'userId',
  events: {
    UserSignedUp: z.object({ email: z.string(), emailHash: z.string(), name: z.string() }),
    ProfileChanged: z.object({ name: z.string() }),
    AvatarChanged: z.object({ avatarId: z.string(), type: z.enum(avatarTypes), bytes: z.int() }),
    PasswordChanged: z.object({}),
  },
  initial: { signedUp: false, email: '', name: '', avatarId: null as string | null },
  evolve: {
    UserSignedUp: (state, { email, name }) => ({ ...state, signedUp: true, email, name }),
    ProfileChanged: (state, { name }) => ({ ...state, name }),
    AvatarChanged: (state, { avatarId }) => ({ ...state, avatarId }),
  },
  tags: { UserSignedUp: ({ emailHash }) => [emailTag(emailHash)] },
  commands: {
    SignUp: {
      description: 'Sent by POST /signup.',
      input: z.object({ userId, email: z.email().max(254), emailHash: z.string().min(1), name }),
      rejections: ['email-taken', 'already-signed-up'],
      decide: ({ email, emailHash, name }, { signedUp }) => {
        if (signedUp) return reject('already-signed-up')
        return [
          { type: 'UserSignedUp', data: { email, emailHash, name } },
          absent([{ types: ['UserSignedUp'], tags: [emailTag(emailHash)] }], 'email-taken'),
        ]
      },
    },
    ChangeProfile: {
      description: 'Sent by PATCH /profile.',
      input: z.object({ userId, name }),
      rejections: ['unknown-user'],
      decide: ({ name }, state) => {
        if (!state.signedUp) return reject('unknown-user')
        return name === state.name ? null : { type: 'ProfileChanged', data: { name } }
      },
    },
    ChangeAvatar: {
      description: 'Sent by PUT /profile/avatar, which has checked and kept the picture.',
      input: z.object({ userId, avatarId: z.string().min(1), type: z.enum(avatarTypes), bytes: z.int().positive() }),
      rejections: ['unknown-user'],
      decide: ({ avatarId, type, bytes }, state) => {
        if (!state.signedUp) return reject('unknown-user')
        return avatarId === state.avatarId ? null : { type: 'AvatarChanged', data: { avatarId, type, bytes } }
      },
    },
    NotePasswordChange: {
      description: 'Sent by PUT /password: that it was changed, and nothing of what it is.',
      input: z.object({ userId }),
      rejections: ['unknown-user'],
      decide: (_, { signedUp }) => (signedUp ? { type: 'PasswordChanged', data: {} } : reject('unknown-user')),
    },
  },
})

/** The tag by which the user with an e-mail address is found. */
export function emailTag(emailHash: string): string {
  return `email:${emailHash}`
}
