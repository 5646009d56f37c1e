import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import type { Engine, EngineOptions } from '../ports/engine.ts'
import {
  eventStoreConformance,
  reactionStoreConformance,
  viewStoreConformance,
  workStoreConformance,
} from '../testing/conformance/index.ts'
import { openSqlite } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'khata-conformance-'))
after(() => rmSync(directory, { recursive: true }))

let files = 0

function openFile(options?: EngineOptions): Promise<Engine> {
  return openSqlite(join(directory, `${++files}.db`), options)
}

const file = {
  name: 'SQLite file',
  reopen: (engine: Engine, options?: EngineOptions) => openSqlite(engine.name.slice('sqlite:'.length), options),
}
const memory = { name: 'SQLite in memory' }

for (const conformance of [eventStoreConformance, viewStoreConformance, workStoreConformance, reactionStoreConformance]) {
  conformance(openFile, file)
  conformance((options) => openSqlite(':memory:', options), memory)
}
