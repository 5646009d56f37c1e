/** Runs jobs, so many at a time, in order. */
export async function runPool(jobs: readonly (() => Promise<void>)[], width: number): Promise<void> {
  const waiting = jobs.values()
  const lanes = Array.from({ length: width }, async () => {
    for (const job of waiting) await job()
  })
  await Promise.all(lanes)
}
