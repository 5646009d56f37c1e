/** Commands and queries at a steady rate, however long the answers take: a caller that waits would hide a stall. */

/** How long answers took, in ms. */
export interface Latencies {
  readonly count: number
  readonly median: number
  readonly p99: number
  readonly longest: number
}

/** What was asked since it was looked at last. */
export interface Load {
  take(): Latencies
  stop(): Promise<void>
}

const tickMs = 10

/** Starts `work` so many times a second. What takes longer than its turn counts from when its turn was. */
export function steady(perSecond: number, work: (turn: number) => Promise<void>): Load {
  let times: number[] = []
  let turn = 0
  const running = new Set<Promise<void>>()
  const start = performance.now()
  const once = async (due: number): Promise<void> => {
    await work(turn++)
    times.push(performance.now() - due)
  }
  const timer = setInterval(() => {
    for (;;) {
      const due = start + (turn * 1_000) / perSecond
      if (due > performance.now()) return
      const asked = once(due).finally(() => running.delete(asked))
      running.add(asked)
    }
  }, tickMs)
  return {
    take() {
      const sorted = times.sort((a, b) => a - b)
      times = []
      const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
      return { count: sorted.length, median: at(0.5), p99: at(0.99), longest: at(1) }
    },
    async stop() {
      clearInterval(timer)
      await Promise.all(running)
    },
  }
}

/** The largest that this process was, in MiB, since it was looked at last. */
export function memoryWatch() {
  let rss = 0
  let heap = 0
  const look = (): void => {
    const usage = process.memoryUsage()
    rss = Math.max(rss, usage.rss)
    heap = Math.max(heap, usage.heapUsed)
  }
  const timer = setInterval(look, 50)
  timer.unref()
  return {
    take: () => {
      look()
      const most = { rssMiB: Math.round(rss / 2 ** 20), heapMiB: Math.round(heap / 2 ** 20) }
      rss = 0
      heap = 0
      return most
    },
  }
}
