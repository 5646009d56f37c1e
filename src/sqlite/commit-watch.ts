/** Tells listeners that something may have been committed. */
export interface CommitWatch {
  /** Adds a listener; returns what removes it. */
  listen(listener: () => void): () => void
  /** This process committed. */
  notify(): void
  close(): void
}

/** How often foreign commits are looked for, in milliseconds, while somebody listens. */
const pollMs = 25

/** Watches for commits; `foreignVersion` counts those of other connections, null when there can be none. */
export function commitWatch(foreignVersion: (() => number) | null): CommitWatch {
  const listeners = new Set<() => void>()
  let timer: NodeJS.Timeout | null = null
  let seen: number | null = 0

  /** Null when the store cannot be asked: who listens finds out why by reading. */
  const version = (): number | null => {
    try {
      return foreignVersion?.() ?? 0
    } catch {
      return null
    }
  }
  const tell = (): void => {
    for (const listener of [...listeners]) listener()
  }
  const look = (): void => {
    const now = version()
    if (now === seen) return
    seen = now
    tell()
  }
  const stop = (): void => {
    if (timer) clearInterval(timer)
    timer = null
  }
  return {
    listen: (listener) => {
      listeners.add(listener)
      if (foreignVersion && !timer) {
        seen = version()
        timer = setInterval(look, pollMs).unref()
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) stop()
      }
    },
    notify: () => {
      if (listeners.size === 0) return
      seen = version()
      tell()
    },
    close: () => {
      stop()
      listeners.clear()
    },
  }
}
