/** A client of live feeds, as small as tests need it. */
import type { RecordedEvent } from '../../src/index.ts'

/** One message of a feed. */
export interface FeedMessage {
  readonly event: string
  readonly id: string | null
  readonly data: any
}

/** An open feed. */
export interface Feed {
  readonly response: Response
  /** Messages in order; ends when the server ends the feed. */
  readonly messages: AsyncGenerator<FeedMessage>
  close(): void
}

/** Opens a feed. */
export async function openFeed(url: string, headers: Record<string, string> = {}): Promise<Feed> {
  const abort = new AbortController()
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: abort.signal })
  return { response, messages: messagesOf(response), close: () => abort.abort() }
}

async function* messagesOf(response: Response): AsyncGenerator<FeedMessage> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes as Uint8Array, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const message = messageOf(text.slice(0, end))
      text = text.slice(end + 2)
      if (message) yield message
    }
  }
}

function messageOf(block: string): FeedMessage | null {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
  const data = fields.get('data')
  return data === undefined
    ? null
    : { event: fields.get('event') ?? 'message', id: fields.get('id') ?? null, data: JSON.parse(data) }
}

/** What a reader of a feed got: the events, and where to go on. */
export interface Taken {
  readonly events: readonly (RecordedEvent & { readonly previous: string })[]
  readonly lastId: string | null
  /** The message the feed ended with, if it was not an event. */
  readonly end: FeedMessage | null
}

/** Takes events from a feed, at most so many, and closes it; stops early when the feed ends. */
export async function take(feed: Feed, most: number): Promise<Taken> {
  const events: (RecordedEvent & { readonly previous: string })[] = []
  let lastId: string | null = null
  let end: FeedMessage | null = null
  if (most > 0) {
    for await (const message of feed.messages) {
      if (message.event !== 'event') {
        end = message
        break
      }
      events.push(message.data)
      lastId = message.id
      if (events.length === most) break
    }
  }
  feed.close()
  return { events, lastId, end }
}
