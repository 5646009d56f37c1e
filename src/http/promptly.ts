/** Milliseconds that a probe waits for the store: the prober of Kubernetes gives up after a second. */
const patienceMs = 800

/**
 * Asks, and answers null when nothing has come after 0.8 s or asking failed: who probes must hear in time that the store is
 * away. Only one question is under way at a time, so that probes do not pile up before a store that does not answer.
 */
export function promptly<T>(ask: () => Promise<T>): () => Promise<T | null> {
  let underWay: Promise<T | null> | null = null
  return async () => {
    underWay ??= ask()
      .catch(() => null)
      .finally(() => {
        underWay = null
      })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, patienceMs, null)
    })
    try {
      return await Promise.race([underWay, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
