/**
 * Idempotency keys go with the log, so that a command that is sent again to the copy has no second effect. Only those are
 * copied whose events are there already. A checkpoint in the copy says up to which position of their receipts they are.
 *
 * No clock is asked, neither of the stores nor of this machine: receipts have positions, which only rise, and a key whose
 * time is over is copied too; it counts as new wherever it is.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { RememberedCommand } from '../ports/work-store.ts'

const consumer = 'copy/keys'
const shard = 0
const pageLimit = 1_000
const findingLimit = 100

/** Copies the keys of commands with a receipt up to a position that are not there yet. */
export async function copyCommands(from: Engine, to: Engine, upTo: Position): Promise<void> {
  // From that position on, not behind it: commands without events leave receipts where the log ends.
  const since = (await to.work.checkpoints(consumer)).get(shard) ?? 0
  for await (const page of pagesOf(from, since, upTo)) await to.importCommands(page)
  if (upTo > since) await to.events.commit({ checkpoints: [{ consumer, shard, from: since, to: upTo }] })
}

/**
 * Compares them: what is missing or differs in the copy, at most 100 sentences. What commands without events have left at
 * `upTo` itself may have come since they were copied, and is taken now.
 */
export async function compareCommands(from: Engine, to: Engine, upTo: Position): Promise<readonly string[]> {
  const findings: string[] = []
  const copies = keysOf(to, upTo)
  let copy = await copies.next()
  for await (const original of keysOf(from, upTo)) {
    while (!copy.done && orderOf(copy.value, original) < 0) copy = await copies.next()
    const found = !copy.done && orderOf(copy.value, original) === 0 ? copy.value : null
    if (isDeepStrictEqual(found, original)) continue
    const { principal, command, key, receipt } = original
    if (receipt.position === upTo) await to.importCommands([original])
    else findings.push(`the key '${key}' of ${command} by '${principal}' ${found ? 'differs' : 'is missing in the copy'}`)
    if (findings.length === findingLimit) break
  }
  return findings
}

/** All of them, in the order in which every engine has them. */
async function* keysOf(store: Engine, upTo: Position): AsyncGenerator<RememberedCommand, undefined> {
  for await (const page of pagesOf(store, 0, upTo)) yield* page
}

async function* pagesOf(store: Engine, since: Position, upTo: Position): AsyncGenerator<readonly RememberedCommand[]> {
  for (let after: RememberedCommand | null = null; ; ) {
    const page: readonly RememberedCommand[] = await store.rememberedCommands({ after, since, upTo, limit: pageLimit })
    if (page.length > 0) yield page
    after = page.at(-1) ?? null
    if (page.length < pageLimit) return
  }
}

function orderOf(one: RememberedCommand, other: RememberedCommand): number {
  return bytesOrder(one.principal, other.principal) || bytesOrder(one.command, other.command) || bytesOrder(one.key, other.key)
}

function bytesOrder(one: string, other: string): number {
  return one === other ? 0 : Buffer.compare(Buffer.from(one), Buffer.from(other))
}
