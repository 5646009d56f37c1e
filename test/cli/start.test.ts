import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { run, start, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const environment = {
  KHATA_STORE: `sqlite:${folder.file('shop.db')}`,
  PORT: '0',
  ACCOUNTS_FOLDER: folder.file('accounts'),
}

test('the examples start with sample data, and every line of the guide works', async () => {
  const server = start(['start'], { environment })
  const [, url = ''] = await server.until(/at (http:\S+)\n[\s\S]*Ctrl-C/)
  const guide = await server.until(/[\s\S]*Ctrl-C/)
  const calls = guide[0].match(/curl .*/g) ?? []
  assert.equal(calls.length, 8)
  for (const call of calls) assert.ok(call.includes(url), call)

  const withdrawn = await fetch(`${url}/api/commands/Withdraw`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"accountId":"ACC-001","amount":300}',
  })
  assert.equal(withdrawn.status, 200, await withdrawn.clone().text())
  const state = await fetch(`${url}/api/streams/account/ACC-001/state?version=2`)
  assert.equal(((await state.json()) as { state: { balance: number } }).state.balance, 10_000)
  const status = await fetch(`${url}/api/queries/order-status?id=ORD-001`)
  assert.equal(((await status.json()) as { data: { total: number } }).data.total, 2_200)
  const feed = await fetch(`${url}/api/events`, { headers: { accept: 'text/event-stream' } })
  assert.equal(feed.status, 200)

  const seen = await run(['events', '--type', 'MoneyWithdrawn', '--last', '1', '--json'], { environment })
  assert.equal(JSON.parse(seen.stdout).type, 'MoneyWithdrawn')

  // What reactors and processes make of the sample data is there before somebody counts.
  await until('all reacted', async () => {
    const { consumers } = (await (await fetch(`${url}/api/consumers`)).json()) as { consumers: { lag: number }[] }
    return consumers.every(({ lag }) => lag === 0)
  })
  server.process.kill('SIGTERM')
  const { code, stderr } = await server.ended
  assert.equal(code, 0, stderr)
})

const countEvents = async () => {
  const { stdout } = await run(['events', '--limit', '1000', '--json'], { environment })
  return stdout.trimEnd().split('\n').length
}

test('sample data is written once, and Ctrl-C that arrives twice at once still ends in order', async () => {
  const before = await countEvents()
  const server = start(['start', '--json'], { environment })
  const [line] = await server.until(/^\{.*\}$/m)
  assert.equal(JSON.parse(line).store, environment.KHATA_STORE)
  server.process.kill('SIGINT')
  server.process.kill('SIGINT')
  assert.equal((await server.ended).code, 0)
  assert.equal(await countEvents(), before)
})

test('a port that is taken stops the start with one clear line', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const { code, stderr, stdout } = await run(['start'], { environment: { ...environment, PORT: String(port) } })
  other.close()
  assert.equal(code, 3)
  assert.equal(stdout, '')
  assert.match(stderr, new RegExp(`^khata: .*${port} on 127\\.0\\.0\\.1 is taken by another process`))
  assert.doesNotMatch(stderr, /\n\s+at /)
})
