import type { Examination, Finding } from '../ports/examination.ts'
import type { ViewShape } from '../ports/view-store.ts'
import type { Connection } from './connection.ts'
import { migrations } from './migrations/index.ts'
import { viewIndex } from './names.ts'

const present = `SELECT i.relname, x.indisvalid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_namespace n ON n.oid = i.relnamespace WHERE n.nspname = $1`
const shapesText = `SELECT s.shape, g.view FROM khata.view_shape s JOIN khata.generation g ON g.id = s.generation
  WHERE g.state IN ('live', 'building')`

/** The statements of the migrations that make an index, by its name. */
function statements(schema: string): ReadonlyMap<string, string> {
  const found = migrations.flatMap(({ sql }) => [...sql.matchAll(/CREATE (?:UNIQUE )?INDEX (\w+) ON [^;]+/g)])
  return new Map(found.map(([statement, name = '']) => [name, inSchema(statement, schema)]))
}

/** The indexes that the keys of tables bring with them. */
const keys = ['event_pkey', 'event_id_key', 'event_version', 'event_tag_pkey', 'event_kind_pkey', 'command_pkey']
const moreKeys = ['snapshot_pkey', 'checkpoint_pkey', 'lease_pkey', 'generation_pkey']

function inSchema(statement: string, schema: string): string {
  return statement.replaceAll('khata.', `${schema}.`).replaceAll(/\s+/g, ' ')
}

/** Looks for indexes that are missing or were left half made. */
export async function examineIndexes(connection: Connection, schema: string): Promise<Examination> {
  const found = new Map(await connection.once<[string, boolean]>(present, [schema]))
  const findings: Finding[] = []
  const missing = (name: string, advice: string): void => {
    if (found.has(name)) return
    findings.push({ weight: 'problem', about: 'indexes', found: `The index ${schema}.${name} is missing.`, advice })
  }
  for (const [name, valid] of found) {
    if (valid) continue
    const advice = `Run: REINDEX INDEX CONCURRENTLY ${schema}."${name}"`
    findings.push({ weight: 'problem', about: 'indexes', found: `The index ${schema}.${name} is not valid.`, advice })
  }
  for (const [name, statement] of statements(schema)) {
    missing(name, `Run: ${statement.replace(/INDEX/, 'INDEX CONCURRENTLY')}`)
  }
  for (const name of [...keys, ...moreKeys]) missing(name, 'Restore a backup: without its key a table can hold what cannot be.')
  for (const [text, view] of await connection.once<[string, string]>(shapesText)) {
    const shape = JSON.parse(text) as ViewShape
    const indexes = [...shape.indexes.keys()].map(String)
    for (const index of shape.search ? [...indexes, 'words'] : indexes) {
      missing(viewIndex(shape.generation, index).slice(1, -1), `Run: khata projections rebuild ${view}`)
    }
  }
  return { measures: [], findings }
}
