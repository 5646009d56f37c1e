import type { AnyApp, ProjectionStatus } from '../runtime/app.ts'
import type { Progress } from './progress.ts'

const lookMs = 250

/**
 * Waits until the views have reached the present head, all of them within one time, and answers those that have not, with
 * the reason, by their names. One that failed and is retried is not waited for: it fails again until somebody mends it.
 */
export async function stillBehind(
  app: AnyApp,
  waitMs: number,
  progress: Pick<Progress, 'show'>,
): Promise<ReadonlyMap<string, string>> {
  const { position: head } = await app.events.head()
  const deadline = performance.now() + waitMs
  for (;;) {
    const views = await app.projections.list()
    const behind = views.filter(({ position, state }) => position < head || state === 'building')
    const waitsFor = behind.some(({ state }) => state !== 'retrying')
    if (!waitsFor || performance.now() >= deadline) return new Map(behind.map((view) => [view.name, reasonOf(view, head)]))
    const done = views.reduce((sum, { position }) => sum + Math.min(position, head), 0)
    progress.show(done, head * views.length)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

function reasonOf({ state, position, error }: ProjectionStatus, head: number): string {
  if (state === 'retrying') return `it stands still at position ${position} of ${head} and is retried: ${error}`
  return `it is only at position ${position} of ${head}`
}
