import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { outsideWorld, until } from './running.ts'

const child = resolve(import.meta.dirname, 'killed-child.ts')
const users = 60

test('Killed while mails are sent, everybody gets theirs, and one that goes out again is known by its Message-ID', async (t) => {
  const { folder, mail } = await outsideWorld(t)
  mail.delayMs = 60
  const store = `sqlite:${join(folder, 'killed.db')}`
  const run = (round: number) => {
    const args = ['--conditions=khata-source', child, store, mail.url, String(users), String(round * 20_000)]
    const running = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => void running.kill('SIGKILL'))
    return running
  }
  const reached = () => new Set(mail.mails.map(({ to }) => to)).size
  let round = 0
  for (; round < 4 && reached() < users; round++) {
    const running = run(round)
    const before = mail.mails.length
    await until('some mails', () => mail.mails.length > before || reached() === users)
    await pause(Math.random() * 50)
    running.kill('SIGKILL')
    await once(running, 'exit')
  }
  const last = run(round)
  await until('mails to all', () => reached() === users)
  last.kill('SIGKILL')
  await once(last, 'exit')
  const ids = new Map<string, Set<string>>()
  for (const { to, messageId } of mail.mails) ids.set(to, (ids.get(to) ?? new Set()).add(messageId))
  for (const [to, each] of ids) assert.equal(each.size, 1, to)
  console.log(`${mail.mails.length} mails to ${users} users, killed ${round + 1} times`)
})
