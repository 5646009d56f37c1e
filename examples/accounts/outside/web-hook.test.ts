import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGenuine, webHookOf } from './web-hook.ts'

const secret = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
const now = new Date('2026-01-01T00:00:00.000Z')
const { headers, body } = webHookOf(secret, 'msg-1', now, { type: 'user.signed-up' })

test('A web hook is genuine when nothing of it was changed', () => {
  assert.equal(isGenuine(secret, headers, body, now), true)
  assert.equal(isGenuine(secret, headers, `${body} `, now), false)
  assert.equal(isGenuine(secret, { ...headers, 'webhook-id': 'msg-2' }, body, now), false)
  assert.equal(isGenuine(secret, { ...headers, 'webhook-timestamp': '1767225601' }, body, now), false)
  assert.equal(isGenuine(`whsec_${Buffer.alloc(24, 2).toString('base64')}`, headers, body, now), false)
  assert.equal(isGenuine(secret, {}, body, now), false)
})

test('An old web hook that is played again is not genuine', () => {
  assert.equal(isGenuine(secret, headers, body, new Date(now.getTime() + 299_000)), true)
  assert.equal(isGenuine(secret, headers, body, new Date(now.getTime() + 301_000)), false)
})

test('One of several signatures is enough, while a secret is being changed', () => {
  const both = { ...headers, 'webhook-signature': `v1,AAAA ${headers['webhook-signature']}` }
  assert.equal(isGenuine(secret, both, body, now), true)
})
