import assert from 'node:assert/strict'
import { test } from 'node:test'
import { people, person } from '../testing/conformance/documents.ts'
import type { Connection } from './connection.ts'
import { findDocuments } from './find-documents.ts'
import { openSession } from './open-session.ts'
import { runJobs } from './transaction.ts'

test('VIEW-12 a document that moves between null and a value while it is looked for is found once', () => {
  const session = openSession(':memory:', 'memory', 'normal', 0)
  const write = (city: string | null): void => {
    const documents = [{ generation: 'people_1', documents: [person('p', { of: [city, null, null] })] }]
    runJobs(session, [{ kind: 'commit', commit: { documents } }], Date.now, 'test', () => {})
  }
  runJobs(session, [{ kind: 'prepare', shape: people }], Date.now, 'test', () => {})
  for (const descending of [false, true]) {
    for (const from of [null, 'Dhaka']) {
      write(from)
      const sql = (text: string) => ({
        all: (...values: never[]) => {
          const rows = session.sql(text).all(...values)
          write(from === null ? 'Dhaka' : null)
          return rows
        },
      })
      const range = { generation: 'people_1', where: [], order: { field: 'city', descending }, limit: 10 }
      const found = findDocuments({ sql } as unknown as Connection, people, range)
      assert.deepEqual(
        found.map(({ value }) => value),
        [from],
      )
    }
  }
})
