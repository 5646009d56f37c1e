import { aggregate, projection, reject } from 'khata'
import * as z from 'zod'

const sessionId = z.string().min(1).max(100)

/** What a session's rules depend on. */
interface SessionState {
  readonly userId: string
  readonly expiresAt: string
  readonly ended: boolean
}

/**
 * Somebody logged in on a device. The id is a hash of the token that the device holds: whoever reads the log cannot log
 * in with what is there.
 */
export const session = aggregate('session', {
  id: 'sessionId',
  events: {
    SessionStarted: z.object({ userId: z.string(), device: z.string(), expiresAt: z.iso.datetime() }),
    SessionEnded: z.object({ reason: z.enum(['logged-out', 'revoked', 'password-changed']) }),
  },
  initial: { userId: '', expiresAt: '', ended: false } as SessionState,
  evolve: {
    SessionStarted: (_, { userId, expiresAt }) => ({ userId, expiresAt, ended: false }),
    SessionEnded: (state) => ({ ...state, ended: true }),
  },
  commands: {
    StartSession: {
      description: 'Sent by POST /login.',
      input: z.object({ sessionId, userId: z.string().min(1), device: z.string().max(200), expiresAt: z.iso.datetime() }),
      rejections: ['already-started'],
      decide: ({ sessionId: _, ...data }, { userId }) =>
        userId === '' ? { type: 'SessionStarted', data } : reject('already-started'),
    },
    EndSession: {
      description: 'Sent by POST /logout and DELETE /sessions/{id}.',
      input: z.object({ sessionId, reason: z.enum(['logged-out', 'revoked', 'password-changed']) }),
      rejections: ['unknown-session'],
      decide: ({ reason }, { userId, ended }) => {
        if (userId === '') return reject('unknown-session')
        return ended ? null : { type: 'SessionEnded', data: { reason } }
      },
    },
  },
})

/** The sessions that have not ended, to list and revoke. Whether a session may be used is asked of the session itself. */
export const openSessions = projection('open-sessions', {
  from: [session],
  document: z.object({ userId: z.string(), device: z.string(), startedAt: z.string(), expiresAt: z.string() }),
  key: (event) => event.streamId,
  on: {
    SessionStarted: (_, { data, occurredAt }) => ({ ...data, startedAt: occurredAt }),
    SessionEnded: () => null,
  },
  index: [['userId', 'startedAt']],
})
