/** A copy of all files of a server, which is that server to whoever asks it: how it is started without sending mail. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { type Part, reactor } from '../../src/index.ts'
import { purse, start } from '../../src/runtime/ledger.fixture.ts'
import { settled } from '../../src/runtime/reactions/eventually.fixture.ts'
import { type Cluster, newCluster } from './cluster.fixture.ts'

function mailing(sent: number[]): Part {
  return reactor('mail', {
    from: [purse],
    on: { MoneyAdded: ({ data }) => void sent.push(data.amount) },
    start: 'beginning',
  })
}

async function administer(cluster: Cluster, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: cluster.url })
  await client.connect()
  await client.query(text)
  await client.end()
}

function named(cluster: Cluster, database: string): string {
  return new URL(`/${database}`, cluster.url).href
}

test('RUN-43 a copy of a server’s files sends nothing when its database was renamed, until it is adopted', async (t) => {
  const original = await newCluster()
  await administer(original, 'CREATE DATABASE shop')
  const app = await start(t, named(original, 'shop'), { use: [purse, mailing([])] })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  await settled(app, 'mail')
  await app.close()

  const clone = await original.copy('primary')
  await administer(clone, 'ALTER DATABASE shop RENAME TO shop_clone')
  const sent: number[] = []
  const held = await start(t, named(clone, 'shop_clone'), { use: [purse, mailing(sent)] })
  await held.execute('Add', { purseId: 'p', amount: 2 })
  assert.match((await held.reactions.status('mail')).reason ?? '', /waits for khata adopt/)
  await held.engine.adopt()
  await held.close()
  assert.deepEqual(sent, [])

  const adopted = await start(t, named(clone, 'shop_clone'), { use: [purse, mailing(sent)] })
  await settled(adopted, 'mail')
  assert.deepEqual(sent, [2])
  await adopted.close()
})
