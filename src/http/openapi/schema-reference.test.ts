import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { jsonSchemaOf } from '../../model/json-schema.ts'
import { componentOf } from './schema-reference.ts'

test("references inside a part's schema lead to the same place in its component", () => {
  interface Folder {
    name: string
    folders: Folder[]
  }
  const folder: z.ZodType<Folder> = z.object({ name: z.string(), folders: z.lazy(() => folder.array()) })
  const schema = jsonSchemaOf(z.object({ root: folder }), 'input')
  const [name, component] = componentOf('command.Move', schema)
  const document = { components: { schemas: { [name]: component } } }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path as string)
  assert.ok(references.length > 0)
  for (const path of references) {
    const found = path.split('/').reduce<any>((value, step) => value?.[step], document)
    assert.equal(found?.type, 'object', path)
  }
  assert.equal(component['$schema'], undefined)
})
