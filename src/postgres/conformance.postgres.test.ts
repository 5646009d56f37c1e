import type { Engine, EngineOptions } from '../ports/engine.ts'
import {
  eventStoreConformance,
  reactionStoreConformance,
  viewStoreConformance,
  workStoreConformance,
} from '../testing/conformance/index.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'

const url = await newDatabase()
const schemas = new WeakMap<Engine, string>()
let stores = 0

async function openIn(schema: string, options?: EngineOptions): Promise<Engine> {
  const engine = await openPostgres(url, { ...options, schema })
  schemas.set(engine, schema)
  return engine
}

const open = (options?: EngineOptions): Promise<Engine> => openIn(`store_${++stores}`, options)
const options = {
  name: 'postgres',
  reopen: (engine: Engine, given?: EngineOptions) => openIn(schemas.get(engine) ?? '', given),
}

eventStoreConformance(open, options)
viewStoreConformance(open, options)
workStoreConformance(open, options)
reactionStoreConformance(open, options)
