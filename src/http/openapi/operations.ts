import type { JsonSchema } from '../../runtime/catalogue.ts'
import { problems, success } from './answers.ts'

function probe(operationId: string, summary: string, responses: JsonSchema): JsonSchema {
  return { get: { operationId, tags: ['operation'], summary, responses } }
}

/** The paths of probes. */
export function operationPaths(): JsonSchema {
  return {
    '/healthz': probe('health', 'Whether the process lives', { 200: success('It does.', 'Alive') }),
    '/readyz': probe('ready', 'Whether it can work', { 200: success('It can.', 'Ready'), 503: success('Not now.', 'Ready') }),
    '/metrics': probe('metrics', 'Samples for Prometheus', {
      200: { description: 'Samples.', content: { 'text/plain': { schema: { type: 'string' } } } },
      ...problems(),
    }),
  }
}
