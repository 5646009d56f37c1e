/**
 * Idempotency keys go with the log, so that a command that is sent again to the copy has no second effect. Only those are
 * copied whose events are there already. A checkpoint in the copy says up to which time they are.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { RememberedCommand } from '../ports/work-store.ts'

const consumer = 'copy/commands'
const shard = 0
const pageLimit = 1_000
const findingLimit = 100

/** Copies the keys of commands with a receipt up to a position that are not there yet. */
export async function copyCommands(from: Engine, to: Engine, upTo: Position): Promise<void> {
  const since = (await to.work.checkpoints(consumer)).get(shard) ?? 0
  let newest = since
  for await (const page of pagesOf(from, since, upTo)) {
    await to.importCommands(page)
    newest = page.reduce((latest, { recordedAt }) => Math.max(latest, recordedAt), newest)
  }
  if (newest > since) await to.events.commit({ checkpoints: [{ consumer, shard, from: since, to: newest }] })
}

/** Compares them: what is missing or differs in the copy, at most 100 sentences. */
export async function compareCommands(from: Engine, to: Engine, upTo: Position): Promise<readonly string[]> {
  const findings: string[] = []
  for await (const page of pagesOf(from, 0, upTo)) {
    for (const { principal, command, key, inputHash, receipt } of page) {
      const found = await to.work.receipt({ principal, command, key })
      if (isDeepStrictEqual(found, { receipt, inputHash })) continue
      findings.push(`the key '${key}' of ${command} by '${principal}' ${found ? 'differs' : 'is missing in the copy'}`)
      if (findings.length === findingLimit) return findings
    }
  }
  return findings
}

/** Those whose time is not over, by pages. */
async function* pagesOf(store: Engine, since: number, upTo: Position): AsyncGenerator<readonly RememberedCommand[]> {
  for (let after: RememberedCommand | null = null; ; ) {
    const page: readonly RememberedCommand[] = await store.rememberedCommands({ after, since, upTo, limit: pageLimit })
    const valid = page.filter(({ expiresAt }) => expiresAt === null || expiresAt > Date.now())
    if (valid.length > 0) yield valid
    after = page.at(-1) ?? null
    if (page.length < pageLimit) return
  }
}
