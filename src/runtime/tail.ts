/**
 * One reading of the log for everybody in the process. Events just committed here are handed over from memory when
 * they are the next ones; everything else comes from the store, a page at a time, decoded once.
 */
import { KhataError } from '../model/error.ts'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import { decodeForHandlers } from './codec.ts'
import type { History } from './history.ts'
import type { Registry } from './registry.ts'

const memoryLimit = 1_024
const memoryBytes = 8 * 1024 * 1024
const sharedPages = 4

/** A run of the log without gaps. */
export interface TailPage {
  readonly events: readonly RecordedEvent[]
  /** Everything up to here is in the page. */
  readonly to: Position
  /** Whether it is full, so that the next may have more. */
  readonly full: boolean
}

/** The log as it grows. */
export interface Tail {
  /** Whether the log is still the one that was read. */
  readonly history: History
  /** Hands over events just committed by this process, of so many bytes as they are stored. */
  push(events: readonly RecordedEvent[], bytes: number): void
  /**
   * At most `limit` events after a position that was read or worked on, fewer when they are large; none when there are none
   * yet.
   * @throws KhataError `store-damaged` when the log ends before it
   */
  read(after: Position, limit: number): Promise<TailPage>
  /** Counts the commits heard of: take it before looking, and give it to `stirred` when there was nothing. */
  readonly mark: number
  /** Resolves when a commit was heard of since `mark`, after `timeoutMs`, or when the signal fires. */
  stirred(mark: number, timeoutMs: number, signal?: AbortSignal, waiter?: 'background' | 'caller'): Promise<void>
  close(): void
}

/** The tail of a store. */
export function tailOf(engine: Engine, registry: Registry, history: History): Tail {
  let recent: RecordedEvent[] = []
  /** Of each recent event, by what it was committed with. */
  let sizes: number[] = []
  let recentBytes = 0
  const pages = new Map<string, Promise<TailPage>>()
  const waiting = new Set<() => void>()
  let mark = 0
  const wake = (): void => {
    mark++
    for (const resolve of [...waiting]) resolve()
  }
  const stop = engine.onCommit(wake)
  const keepRecent = (from: number): void => {
    recent = recent.slice(from)
    sizes = sizes.slice(from)
    recentBytes = sizes.reduce((sum, size) => sum + size, 0)
  }
  const forget = (): void => {
    keepRecent(recent.length)
    pages.clear()
    wake()
  }
  /** Drops the older ones seldom, and then many. */
  const trim = (): void => {
    if (recent.length <= 2 * memoryLimit && recentBytes <= memoryBytes) return
    let from = recent.length
    for (let bytes = 0; from > 0 && recent.length - from < memoryLimit; from--) {
      bytes += sizes[from - 1] as number
      if (bytes > memoryBytes / 2) break
    }
    keepRecent(from)
  }
  history.onBreak(forget)

  const fromMemory = (after: Position, limit: number): TailPage | null => {
    const first = recent[0]?.position
    if (first === undefined || after + 1 < first) return null
    const events = recent.slice(after + 1 - first, after + 1 - first + limit)
    const last = events.at(-1)
    return last ? { events, to: last.position, full: events.length === limit } : null
  }

  const fromStore = async (after: Position, limit: number): Promise<TailPage> => {
    // With the event before, so that what follows is known to follow it, also when the store was restored meanwhile.
    const page = await engine.events.readLog(after === 0 ? { after, limit } : { after: after - 1, limit: limit + 1 })
    const stored = after === 0 ? page.events : page.events.slice(1)
    const before = page.events[0]
    if (after > 0 && !history.isSame(after, before?.id ?? null)) {
      if (before) return { events: [], to: after, full: false }
      const what = `the log ends before position ${after}, which was worked on already`
      throw new KhataError(
        'store-damaged',
        `${engine.name}: ${what}: events were lost, as after a restore of a part of the store. Restore all of it.`,
        { what },
      )
    }
    const last = stored.at(-1)
    if (last) history.saw(last.position, last.id)
    return { events: stored.map((event) => decodeForHandlers(registry, event)), to: last?.position ?? after, full: page.full }
  }

  const stirred: Tail['stirred'] = (since, timeoutMs, signal, waiter = signal ? 'background' : 'caller') =>
    new Promise((resolve) => {
      if (signal?.aborted || mark !== since) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        waiting.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs)
      // The process lives on for a caller that waits, not for what runs in the background.
      if (waiter === 'background') timer.unref()
      signal?.addEventListener('abort', done, { once: true })
      waiting.add(done)
    })

  return {
    history,
    push(events, bytes) {
      const first = events[0]
      if (!first) return
      const next = (recent.at(-1)?.position ?? -1) + 1
      if (first.position !== next) keepRecent(recent.length)
      const last = events.at(-1) ?? first
      history.saw(last.position, last.id)
      recent.push(...events)
      sizes.push(...events.map(() => bytes / events.length))
      recentBytes += bytes
      trim()
      wake()
    },
    read(after, limit) {
      const held = fromMemory(after, limit)
      if (held) return Promise.resolve(held)
      // Several readers at one place share a page, so that each event is decoded once.
      const key = `${after}:${limit}`
      const shared = pages.get(key)
      if (shared) return shared
      const page = fromStore(after, limit)
      pages.set(key, page)
      if (pages.size > sharedPages) pages.delete(pages.keys().next().value as string)
      page.then(
        // A page that is not full will have more events soon.
        ({ full }) => full || pages.delete(key),
        () => pages.delete(key),
      )
      return page
    },
    get mark() {
      return mark
    },
    stirred,
    close() {
      stop()
      history.close()
      forget()
    },
  }
}
