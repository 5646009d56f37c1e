import type { Receipt } from '../model/receipt.ts'
import type { Token } from '../model/units.ts'
import type { StoredReceipt } from '../ports/work-store.ts'

/** A receipt as callers get it, from what is remembered of it. */
export function receiptOf(stored: StoredReceipt, repeated: boolean, token: Token): Receipt {
  const [first] = stored.streams
  const named = stored.streams.map(({ category, streamId, version }) => ({ stream: `${category}/${streamId}`, version }))
  return {
    stream: first ? `${first.category}/${first.streamId}` : '',
    version: first?.version ?? 0,
    position: stored.position,
    token,
    events: stored.events,
    ...(named.length > 1 ? { streams: named } : {}),
    repeated,
  }
}
