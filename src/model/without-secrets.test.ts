import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withoutSecrets } from './without-secrets.ts'

test('no part of a password is shown, whatever characters it has', () => {
  for (const password of ['secret', 's@cret', 's@c:r@t', 's%40cret', 's?cret@', 'se/cret']) {
    assert.doesNotMatch(withoutSecrets(`postgres://shop:${password}@db/shop?password=cret`), /cret|c:r/, password)
  }
  assert.equal(withoutSecrets('postgres://shop:p@ss@db:5433/shop?sslmode=require'), 'postgres://shop@db:5433/shop')
  assert.equal(withoutSecrets('postgres://shop:p@ss@/shop'), 'postgres://…@/shop')
})

test('a path stays as it is', () => {
  for (const url of ['sqlite:data/shop.db', 'sqlite:/var/a@b?.db', 'sqlite::memory:']) assert.equal(withoutSecrets(url), url)
})
