/** A store that an import or a copy did not finish, and that nobody can finish any more: whoever runs it decides. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { beginCopy, beginImport } from '../../src/runtime/whole-log.ts'
import { openSqlite } from '../../src/sqlite/index.ts'
import { append, samples } from '../../src/testing/conformance/samples.ts'
import { run, temporaryFolder } from '../cli/run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())

for (const [work, begin, lack] of [
  ['copy', beginCopy, /is a copy of another store that is not whole/],
  ['import', (engine) => beginImport(engine, 9), /holds 4 of the 9 events of a log/],
] as const satisfies readonly (readonly [string, typeof beginCopy, RegExp])[]) {
  test(`a store that a ${work} left in part is refused, until its operator takes it as it is`, async () => {
    const path = folder.file(`${work}.db`)
    const khata = (...args: string[]) => run([...args, '--store', `sqlite:${path}`], { folder: folder.path })
    await using engine = await openSqlite(path)
    await begin(engine)
    await append(engine, 'note/a', ...samples(4))
    const before = await engine.identity()
    for (const command of ['verify', 'adopt']) {
      const { code, stderr } = await khata(command)
      assert.equal(code, 3, stderr)
      assert.match(stderr, lack)
      assert.match(stderr, /khata adopt --incomplete/)
    }
    assert.deepEqual(await engine.identity(), before)

    const { code, stderr } = await khata('adopt', '--incomplete')
    assert.equal(code, 0, stderr)
    assert.match(stderr, lack)
    assert.match(stderr, /may be done again/)
    assert.notEqual((await engine.identity()).epoch, before.epoch)
    assert.equal((await khata('verify')).code, 0)
    const again = await khata('adopt', '--incomplete')
    assert.deepEqual([again.code, /as it is/.test(again.stderr)], [0, false])
  })
}
