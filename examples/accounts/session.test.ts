import { test } from 'node:test'
import { given, pastTime } from 'khata/testing'
import { openSessions, session } from './session.ts'

const started = {
  type: 'SessionStarted',
  data: { userId: 'u1', device: 'phone', expiresAt: '2026-02-01T00:00:00.000Z' },
} as const
const ended = { type: 'SessionEnded', data: { reason: 'revoked' } } as const

test('A session begins once and ends once', () => {
  given(session)
    .when('StartSession', { sessionId: 's1', ...started.data })
    .expect(started)
  given(session, [started])
    .when('StartSession', { sessionId: 's1', ...started.data, userId: 'u2' })
    .expectRejection('already-started')
  given(session, [started]).when('EndSession', { sessionId: 's1', reason: 'revoked' }).expect(ended)
  given(session, [started, ended]).when('EndSession', { sessionId: 's1', reason: 'logged-out' }).expect()
  given(session).when('EndSession', { sessionId: 's1', reason: 'revoked' }).expectRejection('unknown-session')
})

test('Only sessions that are open are listed', () => {
  given(openSessions, [session.to('s1', started), session.to('s2', started), session.to('s1', ended)])
    .expectNoDocument('s1')
    .expectDocument('s2', { ...started.data, startedAt: pastTime(2) })
})
