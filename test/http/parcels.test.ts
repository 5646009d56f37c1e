import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { serve } from '../../src/http/index.ts'
import { anyApp, khata } from '../../src/index.ts'
import { newParcel, oldParcel } from '../cli/parcels.config.ts'
import { clientOf, temporaryFolder } from './client.ts'
import { openFeed } from './event-source.ts'

/** A server of the new release over events of the old one: the second throws in the upcaster, the third does not fit. */
async function serveParcels(t: TestContext) {
  const store = `sqlite:${join(temporaryFolder(t), 'parcels.db')}`
  const before = await khata({ store, use: [oldParcel] })
  for (const to of ['1 Road, Dhaka', 'somewhere', '3 Road, ', '2 Road, Khulna']) {
    await before.execute('Send', { parcelId: 'p', to })
  }
  await before.close()
  const app = anyApp(await khata({ store, use: [newParcel] }))
  t.after(() => app.close())
  const server = await serve(app, { port: 0 })
  t.after(() => server.close())
  return clientOf(app, server)
}

test('events that cannot be brought up to date are given as they were stored, with what is wrong, among the others', async (t) => {
  const { get, app } = await serveParcels(t)
  const expected = [{ city: 'Dhaka' }, { to: 'somewhere' }, { to: '3 Road, ' }, { city: 'Khulna' }]
  for (const path of ['/api/events', '/api/streams/parcel/p']) {
    const { status, body } = await get(path)
    assert.equal(status, 200)
    const [first, thrown, misfit, last] = body.events
    assert.deepEqual(
      [first, thrown, misfit, last].map(({ data }: any) => data),
      expected,
    )
    assert.deepEqual([first.problem, last.problem], [undefined, undefined])
    assert.equal(thrown.problem.code, 'handler-failed')
    assert.match(thrown.problem.message, new RegExp(`parcel.Sent .*event 2 .*${thrown.id}.*it has no city`))
    assert.match(misfit.problem.message, new RegExp(`parcel.Sent .*event 3 .*${misfit.id}.*city`))
    const trace = await get(`/api/events/${thrown.id}/trace`)
    assert.equal(trace.status, 200)
    assert.match(JSON.stringify(trace.body), /it has no city/)
  }
  const matched = await app.events.match([{ categories: ['parcel'] }])
  assert.deepEqual(
    matched.map(({ data }) => data),
    expected,
  )
})

test('a live feed goes on behind an event that cannot be brought up to date', async (t) => {
  const { server } = await serveParcels(t)
  const feed = await openFeed(`${server.url}/api/events`)
  t.after(() => feed.close())
  const given: any[] = []
  for await (const { event, data } of feed.messages) {
    if (event === 'event') given.push(data)
    if (given.length === 4) break
  }
  assert.deepEqual(
    given.map(({ position, problem }) => [position, problem?.code]),
    [
      [1, undefined],
      [2, 'handler-failed'],
      [3, 'handler-failed'],
      [4, undefined],
    ],
  )
})

test('the state that such an event would be part of is a problem of its own, and not before it', async (t) => {
  const { get } = await serveParcels(t)
  const { status, body } = await get('/api/streams/parcel/p/state')
  assert.deepEqual([status, body.code], [500, 'handler-failed'])
  assert.deepEqual((await get('/api/streams/parcel/p/state?version=1')).body.state, { city: 'Dhaka' })
})
