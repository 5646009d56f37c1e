/** Work over one connection: some sends all it has to say in one piece and may follow other such work, some needs it alone. */
export interface Lane {
  /** Starts work that sends everything at once: now, or when whoever asked before to be alone is done. */
  beside<T>(work: () => Promise<T>): Promise<T>
  /** Starts work once all that was asked for before has ended; nothing else starts until it ends. */
  alone<T>(work: () => Promise<T>): Promise<T>
}

/** A lane with nobody in it. */
export function lane(): Lane {
  let last: Promise<unknown> | null = null
  const inside = new Set<Promise<unknown>>()
  const ended = (work: Promise<unknown>): Promise<void> =>
    work.then(
      () => {},
      () => {},
    )
  return {
    beside: (work) => {
      const running = last ? last.then(work) : work()
      const end: Promise<unknown> = ended(running).then(() => inside.delete(end))
      inside.add(end)
      return running
    },
    alone: (work) => {
      const running = Promise.all([last, ...inside]).then(work)
      const end: Promise<unknown> = ended(running).then(() => {
        if (last === end) last = null
      })
      last = end
      return running
    },
  }
}
