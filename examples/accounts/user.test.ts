import { test } from 'node:test'
import { given } from 'khata/testing'
import { user } from './user.ts'

const userId = 'u1'
const signUp = { userId, email: 'asha@example.com', emailHash: 'h1', name: 'Asha' }
const { userId: _, ...facts } = signUp
const signedUp = { type: 'UserSignedUp', data: facts } as const

test('An e-mail address belongs to one user', () => {
  given(user).when('SignUp', signUp).expect(signedUp)
  given(user, [signedUp]).when('SignUp', signUp).expectRejection('already-signed-up')
  given(user, [user.to('u2', signedUp)])
    .when('SignUp', signUp)
    .expectTaken('email-taken')
  given(user, [user.to('u2', { ...signedUp, data: { ...facts, emailHash: 'h2' } })])
    .when('SignUp', signUp)
    .expect(signedUp)
})

test('A user has an address and a name', () => {
  given(user)
    .when('SignUp', { ...signUp, email: 'nobody' })
    .expectInvalid('email')
  given(user)
    .when('SignUp', { ...signUp, name: '  ' })
    .expectInvalid('name')
})

test('A profile changes when something is different, and only that of a user', () => {
  const changed = { type: 'ProfileChanged', data: { name: 'Asha B' } } as const
  given(user, [signedUp]).when('ChangeProfile', { userId, name: 'Asha B' }).expect(changed)
  given(user, [signedUp, changed]).when('ChangeProfile', { userId, name: 'Asha B' }).expect()
  given(user).when('ChangeProfile', { userId, name: 'Asha B' }).expectRejection('unknown-user')
  given(user).when('NotePasswordChange', { userId }).expectRejection('unknown-user')
})

test('A picture that is there already changes nothing', () => {
  const picture = { avatarId: 'a1', type: 'image/png', bytes: 10 } as const
  const changed = { type: 'AvatarChanged', data: picture } as const
  given(user, [signedUp])
    .when('ChangeAvatar', { userId, ...picture })
    .expect(changed)
  given(user, [signedUp, changed])
    .when('ChangeAvatar', { userId, ...picture })
    .expect()
  given(user, [signedUp])
    .when('ChangeAvatar', { userId, ...picture, type: 'image/gif' as 'image/png' })
    .expectInvalid('type')
})
