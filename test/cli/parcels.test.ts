import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { linesOf, run, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const khata = (release: string, ...args: string[]) =>
  run([...args, '--config', join(import.meta.dirname, 'parcels.config.ts')], {
    environment: { KHATA_STORE: `sqlite:${folder.file('parcels.db')}`, PARCELS: release },
  })

before(async () => {
  for (const to of ['1 Road, Dhaka', 'somewhere', '2 Road, Khulna']) {
    const { code, stderr } = await khata('old', 'execute', 'Send', JSON.stringify({ parcelId: 'p', to }))
    assert.equal(code, 0, stderr)
  }
})

test('an event that cannot be brought up to date is listed as it was stored, with what is wrong', async () => {
  for (const command of [['events'], ['stream', 'parcel', 'p']]) {
    const { code, stdout, stderr } = await khata('new', ...command)
    assert.equal(code, 0, stderr)
    const lines = linesOf(stdout)
    assert.equal(lines.length, 4)
    assert.match(lines[0] ?? '', /\{"city":"Dhaka"\}$/)
    assert.match(lines[1] ?? '', /\{"to":"somewhere"\}$/)
    assert.match(
      lines[2] ?? '',
      /upcaster of parcel\.Sent to version 2 threw on event 2 \(parcel\/p v2, id \S+\): it has no city/,
    )
    assert.match(lines[3] ?? '', /\{"city":"Khulna"\}$/)
    const found = linesOf((await khata('new', ...command, '--json')).stdout).map((line) => JSON.parse(line))
    assert.deepEqual(
      found.map(({ data, problem }) => [data, problem?.code]),
      [
        [{ city: 'Dhaka' }, undefined],
        [{ to: 'somewhere' }, 'handler-failed'],
        [{ city: 'Khulna' }, undefined],
      ],
    )
    const { id } = found[1]
    const trace = await khata('new', 'trace', id)
    assert.equal(trace.code, 0, trace.stderr)
    assert.match(trace.stdout, /← this one\n.*it has no city/)
  }
})

test('the state that such an event would be part of is refused in a line that names the event', async () => {
  const { code, stderr } = await khata('new', 'state', 'parcel', 'p')
  assert.notEqual(code, 0)
  assert.match(stderr, /upcaster of parcel\.Sent.*event 2 \(parcel\/p v2, id \S+\)/)
  assert.doesNotMatch(stderr, /\n\s+at /)
  assert.equal((await khata('new', 'state', 'parcel', 'p', '--version', '1')).code, 0)
})

test('verify compares what can be compared, and names documents that wait behind dead letters', async () => {
  const { code, stdout, stderr } = await khata('new', 'verify')
  assert.equal(code, 0, stderr)
  const lines = linesOf(stdout)
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^cities: the document 'p-2' waits behind the dead letter (\S+) at position 2 .*retry \1/)
  assert.match(stderr, /3 events and 1 views: all is well but for what waits behind dead letters/)
  const report = JSON.parse((await khata('new', 'verify', '--json')).stdout)
  assert.deepEqual([report.ok, report.findings], [true, []])
  assert.deepEqual(
    report.waiting.map(({ view, document, position }: Record<string, unknown>) => [view, document, position]),
    [['cities', 'p-2', 2]],
  )
})
