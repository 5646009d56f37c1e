import type { Position, Token, Version } from './units.ts'

/** What a command answers: where its events are, and a token to read what it did. No business data. */
export interface Receipt {
  /** `category/id` of the command's stream, or of the first stream it wrote. */
  readonly stream: string
  /** The version of that stream afterwards. */
  readonly version: Version
  /** The position of the last event; of the head when there were none. */
  readonly position: Position
  /** Give it to a query as `after`, to be answered from a view at least this new. */
  readonly token: Token
  readonly events: readonly { readonly id: string; readonly type: string }[]
  /** All streams written, when there are several. */
  readonly streams?: readonly { readonly stream: string; readonly version: Version }[]
  /** Whether the effect is from an earlier call with the same idempotency key. */
  readonly repeated: boolean
}

/** What `attempt` returns: a receipt, or a rejection with one of the command's codes. */
export type Outcome<Code extends string> =
  | (Receipt & { readonly rejected?: never })
  | ([Code] extends [never] ? never : { readonly rejected: Code; readonly detail: unknown })
