/** The public names of the package are a decision: `npm run exports` writes them down, this test holds them. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { publicNames } from './public-names.ts'
import { root } from './sources.ts'

test('each sub-path exports exactly the names in the snapshot', () => {
  const snapshot = JSON.parse(readFileSync(resolve(import.meta.dirname, 'exports.snapshot.json'), 'utf8'))
  assert.deepEqual(publicNames(), snapshot, 'public names changed: if that is meant, run `npm run exports` and commit')
})

test('each sub-path of the package has a source', () => {
  const { exports } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'))
  for (const [subpath, target] of Object.entries<Record<string, string> | string>(exports)) {
    if (typeof target === 'string') continue
    const source = target['khata-source'] ?? ''
    assert.ok(existsSync(resolve(root, source)), `${subpath}: ${source} is missing`)
    assert.equal(target['default'], source.replace('./src/', './dist/').replace(/\.ts$/, '.js'), subpath)
    assert.equal(target['types'], source.replace('./src/', './dist/').replace(/\.ts$/, '.d.ts'), subpath)
  }
})
