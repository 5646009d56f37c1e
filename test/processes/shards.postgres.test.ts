/** Several processes that share the shards of a view over PostgreSQL: some come, some are killed, one is paused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shardOf } from '../../src/model/bucket.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { leaseMs } from '../../src/runtime/leased.ts'
import { until } from '../../src/runtime/shards.fixture.ts'
import { differences, divided, feeder, fill, freeze, kill, load, onlooker, owners } from './feeding.ts'

const options = { timeout: 170_000 }

test(
  'processes share the documents of a view; one that comes gets its part, and that of one killed is taken over in time',
  options,
  async (t) => {
    const store = await newDatabase()
    const app = await onlooker(t, store)
    const { engine } = app
    const [first, second] = [await feeder(t, store), await feeder(t, store)]
    const adding = load(app)
    const all = await divided(engine, 'contents_1_1', [first, second], [4, 4])
    const { position } = await engine.events.head()
    await until('both have written', async () => {
      const documents = await engine.views.get(
        'contents_1_1',
        Array.from({ length: 60 }, (_, n) => `p${n}`),
      )
      const writers = documents.filter((document) => document.position > position).map(({ id }) => all[shardOf(id, 8)])
      return writers.includes(first.pid) && writers.includes(second.pid)
    })
    const third = await feeder(t, store)
    await divided(engine, 'contents_1_1', [first, second, third], [2, 3, 3])
    await kill(second)
    await divided(engine, 'contents_1_1', [first, third], [4, 4], 2 * leaseMs)
    await adding.stop()
    assert.deepEqual(await differences(app), [])
    const status = await app.projections.status('contents')
    assert.deepEqual(
      status.feeders.map(({ process, shards }) => [Number(process.split(':')[1]), shards]).sort(),
      [
        [first.pid, 4],
        [third.pid, 4],
      ].sort(),
    )
  },
)

test(
  'a rebuild takes over under a steady load while two processes feed the view, and outlives its builder',
  options,
  async (t) => {
    const store = await newDatabase()
    const app = await onlooker(t, store)
    const { engine } = app
    const feeders = [await feeder(t, store), await feeder(t, store)]
    await fill(app, 400)
    await divided(engine, 'contents_1_1', feeders, [4, 4])
    await app.projections.caughtUp({ waitMs: 60_000 })
    const adding = load(app)
    let asking = true
    const asked = (async () => {
      for (let last = 0; asking; ) {
        const moves = Number((await app.view('contents').get('p1'))?.['moves'])
        assert.ok(moves >= last, `${moves} after ${last}`)
        last = moves
      }
    })()
    await app.projections.rebuild('contents')
    let builder: number | null = null
    await until('somebody builds', async () => {
      builder = (await owners(engine, 'contents_1_2'))[0] ?? null
      return builder !== null
    })
    const victim = feeders.find(({ pid }) => pid === builder)
    assert.ok(victim)
    await kill(victim)
    feeders.splice(feeders.indexOf(victim), 1, await feeder(t, store))
    const live = async () => (await engine.work.generations('contents')).find(({ state }) => state === 'live')?.id
    await until('it is rebuilt', async () => (await live()) === 'contents_1_2')
    await divided(engine, 'contents_1_2', feeders, [4, 4])
    await adding.stop()
    asking = false
    await asked
    assert.deepEqual(await differences(app), [])
  },
)

test('a process that is paused beyond its lease writes nothing of what others have taken over', options, async (t) => {
  const store = await newDatabase()
  const app = await onlooker(t, store)
  const [paused, other] = [await feeder(t, store), await feeder(t, store)]
  const adding = load(app)
  await divided(app.engine, 'contents_1_1', [paused, other], [4, 4])
  await freeze(app, paused.pid)
  await divided(app.engine, 'contents_1_1', [other], [8])
  process.kill(paused.pid, 'SIGCONT')
  await divided(app.engine, 'contents_1_1', [paused, other], [4, 4])
  await adding.stop()
  assert.deepEqual(await differences(app), [])
})
