import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ImportProblem } from './problem.ts'
import { columns, type Row, rowsOf } from './source.ts'

const folder = await mkdtemp(join(tmpdir(), 'khata-source-'))
after(() => rm(folder, { recursive: true, force: true }))

async function read(name: string, content: string | Buffer) {
  const file = join(folder, name)
  await writeFile(file, content)
  return collect(rowsOf(file))
}

async function collect(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const all: Row[] = []
  for await (const row of rows) all.push(row)
  return all
}

const header = columns.join(',')
const values = '1,A,a,2,2010-12-01 08:26,2.5,7,UK'

test('A record is known by the line on which it begins', async () => {
  for (const end of ['\n', '\r\n']) {
    const text = [
      `\uFEFF${header}`,
      values,
      `1,B,"one${end}two${end}three",2,2010-12-01 08:26,2.5,7,UK`,
      values,
      '',
      `1,C,"say ""yes""${end}",2,2010-12-01 08:26,2.5,7,UK`,
      values,
    ].join(end)
    const rows = await read('lines.csv', text)
    assert.deepEqual(
      rows.map(({ line }) => line),
      [2, 3, 6, 8, 10],
    )
    assert.equal(rows[3]?.values[2], `say "yes"${end}`)
  }
})

test('Columns are found by name, others are left out, and a record of another length is marked', async () => {
  const rows = await read('columns.csv', `Note,${[...columns].reverse().join(',')}\nn,UK,7,2.5,t,2,a,A,1\nn,UK,7\n`)
  assert.deepEqual(rows, [
    { line: 2, values: ['1', 'A', 'a', '2', 't', '2.5', '7', 'UK'], complete: true },
    { line: 3, values: ['', '', '', '', '', '', '7', 'UK'], complete: false },
  ])
})

test('A compressed file is read whatever it is called', async () => {
  for (const name of ['zipped.csv.gz', 'zipped.csv']) {
    assert.equal((await read(name, gzipSync(`${header}\n${values}\n`))).length, 1)
  }
})

test('A wrong file is told in one line', async () => {
  const cut = gzipSync(`${header}\n${`${values}\n`.repeat(1000)}`).subarray(0, -20)
  const wrong: [string, string | Buffer, RegExp][] = [
    ['plain.csv.gz', `${header}\n`, /is not a gzip file/],
    ['cut.csv.gz', cut, /is damaged or cut off/],
    ['other.csv', 'a,b\n1,2\n', /has no column InvoiceNo, StockCode/],
    ['empty.csv', '', /is empty/],
    ['quote.csv', `${header}\n1,A,"a,2\n`, /is not a CSV file/],
  ]
  for (const [name, content, message] of wrong) {
    await assert.rejects(read(name, content), (error: Error) => {
      assert.ok(error instanceof ImportProblem)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /\n/)
      return true
    })
  }
  await assert.rejects(collect(rowsOf(join(folder, 'none.csv'))), /There is no file/)
  await assert.rejects(collect(rowsOf(folder)), /is a folder/)
})
