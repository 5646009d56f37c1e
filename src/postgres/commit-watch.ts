import { type Connection, connect } from './connection.ts'
import type { PostgresSettings } from './options.ts'
import type { Reader } from './reader.ts'

/** Tells listeners that something may have been committed. */
export interface CommitWatch {
  /** Adds a listener; returns what removes it. */
  listen(listener: (lost?: boolean) => void): () => void
  /** This process committed: its own listeners hear at once, other processes soon. */
  notify(): void
  /** This process found that events which it had seen are gone: its own listeners hear at once. */
  lost(): void
  close(): Promise<void>
}

/** How often the store is looked at while somebody listens, for what no notification told. */
const pollMs = 250
/** At most one notification is sent in this time. */
const notifyMs = 20
const longestPauseMs = 5_000

/**
 * A notification is a transaction that writes; nobody needs to wait until it is on disk. One statement: when it fails, no
 * transaction is left open in a connection that others use.
 */
const announcement = "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, '')"

const state = `SELECT (SELECT coalesce(max(position), 0) FROM khata.event)
  || ' ' || (SELECT coalesce(sum(position), 0) FROM khata.checkpoint)
  || ' ' || (SELECT coalesce(max(changed_at), 0) + count(*) FROM khata.generation)`

/**
 * Watches for commits of other processes: by LISTEN where the store has a connection of its own for it, and by looking.
 * Notifications are sent after the commit, outside of it, so that no commit waits for their queue.
 */
export function commitWatch(settings: PostgresSettings, reader: Reader): CommitWatch {
  const channel = `khata_${settings.schema}`
  const listeners = new Set<(lost?: boolean) => void>()
  let listening: Connection | null = null
  let timer: NodeJS.Timeout | null = null
  let subscribed = false
  let seen: string | null = null
  let looking = false
  let notifying: NodeJS.Timeout | null = null
  let owed = false
  let closed = false

  const tell = (lost = false): void => {
    for (const listener of [...listeners]) listener(lost)
  }

  const look = async (): Promise<void> => {
    if (looking || !timer) return
    looking = true
    try {
      const [row] = await reader.read((connection) => connection.query<[string]>(state))
      const found = row?.[0] ?? ''
      // The first look tells too: something may have been committed between the call to listen and it.
      const changed = seen !== found
      seen = found
      if (changed) tell()
    } catch {
      // The server is away: whoever reads or commits hears of it; the next look comes soon.
    } finally {
      looking = false
    }
  }

  const subscribe = async (pauseMs: number): Promise<void> => {
    if (closed || settings.direct === null) return
    const again = (): void => {
      listening = null
      if (!closed) setTimeout(() => void subscribe(Math.min(2 * pauseMs, longestPauseMs)), pauseMs).unref()
    }
    try {
      const connection = await connect(settings, settings.direct)
      if (closed) return await connection.close()
      listening = connection
      await connection.listen(channel, () => tell())
      connection.onLost(again)
      // Something may have been committed before the server began to tell.
      tell()
    } catch {
      listening?.destroy()
      again()
    }
  }

  const send = (): void => {
    if (notifying || closed) {
      owed = true
      return
    }
    owed = false
    notifying = setTimeout(() => {
      notifying = null
      if (owed) send()
    }, notifyMs)
    notifying.unref()
    reader.read((connection) => connection.once(announcement, [channel])).catch(() => {})
  }

  const start = (): void => {
    if (timer || closed) return
    timer = setInterval(() => void look(), pollMs).unref()
    void look()
    // A notification costs the listener nothing: that connection stays.
    if (!subscribed) void subscribe(100)
    subscribed = true
  }

  const stop = (): void => {
    if (timer) clearInterval(timer)
    timer = null
    seen = null
  }

  return {
    listen: (listener) => {
      listeners.add(listener)
      start()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
    lost: () => tell(true),
    notify: () => {
      tell()
      send()
    },
    close: async () => {
      closed = true
      listeners.clear()
      stop()
      if (notifying) clearTimeout(notifying)
      await listening?.close()
    },
  }
}
