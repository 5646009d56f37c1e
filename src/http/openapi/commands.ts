import type { Catalogue, CommandEntry, JsonSchema } from '../../runtime/catalogue.ts'
import { parameter, problem, problems, success, summaryOf } from './answers.ts'
import { reference } from './schema-reference.ts'

/** Every command as a path of its own, so that forms and generated clients know its input and its rejections. */
export function commandPaths({ commands }: Catalogue): JsonSchema {
  return Object.fromEntries(
    commands.map((entry) => [`/api/commands/${encodeURIComponent(entry.name)}`, { post: operation(entry) }]),
  )
}

const headers: readonly JsonSchema[] = [
  parameter(
    'header',
    'Idempotency-Key',
    { type: 'string', minLength: 1, maxLength: 255 },
    'The same key and input has one effect and one receipt.',
  ),
  parameter(
    'header',
    'Khata-Occurred-At',
    { type: 'string', format: 'date-time' },
    'When it happened in the business, if not now.',
  ),
  parameter('header', 'X-Correlation-ID', { type: 'string', maxLength: 128 }, 'Kept with the events and sent back.'),
]

const ifMatch = parameter(
  'header',
  'If-Match',
  { type: 'string', pattern: '^"\\d+"$' },
  'The version the stream must be at, in quotes.',
)

function operation({ name, owner, ownerKind, description, rejections }: CommandEntry): JsonSchema {
  // A boundary has no version.
  const isVersioned = ownerKind === 'aggregate'
  return {
    operationId: name,
    tags: [owner],
    summary: summaryOf(description) ?? `${name}, a command of the ${ownerKind} ${owner}`,
    parameters: isVersioned ? [...headers, ifMatch] : headers,
    requestBody: { required: true, content: { 'application/json': { schema: reference(`command.${name}`) } } },
    responses: {
      200: success('It is done and on disk.', 'Receipt', isVersioned ? ['ETag', 'Khata-Position'] : ['Khata-Position']),
      ...problems(404, 409, 413, 415),
      ...(isVersioned ? problems(412) : {}),
      422: rejectionProblem(rejections),
    },
  }
}

function rejectionProblem(rejections: readonly string[]): JsonSchema {
  const codes = [...rejections, 'idempotency-key-reused']
  const listed = rejections.length > 0 ? ` Known codes: ${rejections.map((code) => `\`${code}\``).join(', ')}.` : ''
  return problem(`A business rule said no, or the idempotency key was used for another input.${listed}`, {
    allOf: [reference('Problem'), { type: 'object', properties: { code: { type: 'string', examples: codes } } }],
  })
}
