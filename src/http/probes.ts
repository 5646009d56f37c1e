import type { AnyApp, Health, ProjectionStatus } from '../runtime/app.ts'
import { family, labels } from './exposition.ts'
import type { Metrics } from './metrics.ts'
import type { Settings } from './options.ts'
import { promptly } from './promptly.ts'
import { backlogLines, consumerLines } from './reaction-samples.ts'
import type { Route } from './route.ts'

const states: readonly ProjectionStatus['state'][] = ['live', 'catching-up', 'retrying', 'building', 'stopped', 'idle']

/** `/healthz`, `/readyz` and `/metrics`: for probes. They are answered in time also while the store is away. */
export function probeRoutes(app: AnyApp, settings: Settings, metrics: Metrics): readonly Route[] {
  const healthNow = promptly(() => app.health())
  const backlogNow = promptly(() => app.reactions.backlog())
  return [
    { method: 'GET', path: '/healthz', policy: 'public', answer: () => ({ status: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      policy: 'public',
      answer: async (_request, reply) => {
        const health = await healthNow()
        const ready = health?.ready ?? false
        if (!ready) reply.code(503).header('retry-after', '1')
        // What is wrong may name what is inside: strangers are told only that something is.
        return { ready, ...(health && !settings.authenticate ? { attention: health.attention, store: health.store } : {}) }
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      policy: () => ({ kind: 'operate', name: 'metrics' }),
      answer: async (_request, reply) => {
        const [health, backlog] = await Promise.all([healthNow(), backlogNow()])
        const waiting = backlog === null ? [] : backlogLines(backlog, Date.now())
        const lines = [metrics.text(), ...healthLines(health), ...waiting, ...processLines()]
        return reply.type('text/plain; version=0.0.4; charset=utf-8').send(`${lines.join('\n')}\n`)
      },
    },
  ]
}

function healthLines(health: Health | null): readonly string[] {
  const known = [
    ...family('khata_store_up', 'gauge', 'Whether the store answers.', new Map([['', health ? 1 : 0]])),
    ...family('khata_ready', 'gauge', 'Whether the app is ready.', new Map([['', health?.ready ? 1 : 0]])),
  ]
  if (!health) return known
  const byName = (value: (status: ProjectionStatus) => number): ReadonlyMap<string, number> =>
    new Map(health.projections.map((status) => [labels({ projection: status.name }), value(status)]))
  return [
    ...known,
    ...family('khata_head_position', 'gauge', 'Position of the last event.', new Map([['', health.store.head]])),
    ...family(
      'khata_projection_position',
      'gauge',
      'Checkpoint of the live generation.',
      byName(({ position }) => position),
    ),
    ...family(
      'khata_projection_lag',
      'gauge',
      'Positions behind the head.',
      byName(({ lag }) => lag),
    ),
    ...family(
      'khata_projection_documents',
      'gauge',
      'Documents of the view.',
      byName(({ documents }) => documents),
    ),
    ...family('khata_projection_state', 'gauge', 'The state is the one that is 1.', stateSamples(health.projections)),
    ...family(
      'khata_projection_rebuild_progress',
      'gauge',
      'Of a running rebuild, 0 to 1.',
      rebuildSamples(health.projections),
    ),
    ...consumerLines(health.consumers),
  ]
}

function stateSamples(projections: readonly ProjectionStatus[]): ReadonlyMap<string, number> {
  return new Map(
    projections.flatMap(({ name, state: present }) =>
      states.map((state) => [labels({ projection: name, state }), state === present ? 1 : 0] as const),
    ),
  )
}

function rebuildSamples(projections: readonly ProjectionStatus[]): ReadonlyMap<string, number> {
  return new Map(
    projections.flatMap(({ name, rebuild }) =>
      rebuild?.state === 'building' ? [[labels({ projection: name }), rebuild.progress] as const] : [],
    ),
  )
}

function processLines(): readonly string[] {
  const { user, system } = process.cpuUsage()
  const startedAt = Date.now() / 1000 - process.uptime()
  return [
    ...family('process_resident_memory_bytes', 'gauge', 'Memory in use.', new Map([['', process.memoryUsage.rss()]])),
    ...family('process_cpu_seconds_total', 'counter', 'Processor time used.', new Map([['', (user + system) / 1e6]])),
    ...family('process_start_time_seconds', 'gauge', 'When the process started.', new Map([['', startedAt]])),
  ]
}
