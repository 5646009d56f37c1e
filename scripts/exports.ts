/** Writes the public names of every sub-path into the snapshot that the tests hold them against. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { publicNames } from '../test/house/public-names.ts'

const snapshot = resolve(import.meta.dirname, '../test/house/exports.snapshot.json')
writeFileSync(snapshot, `${JSON.stringify(publicNames(), null, 2)}\n`)
