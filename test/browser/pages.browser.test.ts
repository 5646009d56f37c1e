import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { type Running, start, temporaryFolder } from '../cli/run.ts'
import { screens, tooWide, visit } from './browser.ts'

const everyScreen = Object.keys(screens) as (keyof typeof screens)[]
const folder = temporaryFolder()
let server: Running
let url = ''

before(async () => {
  const environment = { KHATA_STORE: `sqlite:${folder.file('khata.db')}`, ACCOUNTS_FOLDER: folder.file('accounts') }
  server = start(['start', '--port', '0', '--json'], { environment })
  url = JSON.parse((await server.until(/\{.*"url".*\}/s))[0]).url
})

after(async () => {
  server.process.kill('SIGTERM')
  await server.ended
  folder[Symbol.dispose]()
})

/** Opens the one operation of a path on the API's page. */
async function opened(page: Page, path: string): Promise<Locator> {
  const operation = page.locator('.opblock', { has: page.locator(`[data-path="${path}"]`) })
  await operation.locator('.opblock-summary').click()
  await operation.locator('button.execute').waitFor()
  return operation
}

/** Executes an operation that is open, and answers status and body as the page shows them. */
async function executed(operation: Locator): Promise<{ status: string; body: any }> {
  await operation.locator('button.execute').click()
  const answer = operation.locator('.live-responses-table .response')
  const body = await answer.locator('.highlight-code code').first().textContent()
  const status = await answer.locator('.response-col_status').textContent()
  return { status: (status ?? '').trim(), body: JSON.parse(body ?? '') }
}

for (const screen of everyScreen) {
  test(`on a ${screen} the page of the API lists and tries commands and queries, from this server alone`, async () => {
    const { page, assertClean } = await visit(`${url}/docs`, screen)
    const withdraw = await opened(page, '/api/commands/Withdraw')
    assert.equal(
      await page
        .locator('.errors-wrapper, .error-wrapper')
        .or(page.getByText('Warning', { exact: true }))
        .count(),
      0,
    )
    const offered = JSON.parse(await withdraw.locator('textarea').inputValue())
    assert.deepEqual(offered, { accountId: 'ACC-001', amount: 1 })

    const receipt = await executed(withdraw)
    assert.equal(receipt.status, '200')
    assert.equal(receipt.body.stream, 'account/ACC-001')
    assert.deepEqual(
      receipt.body.events.map(({ type }: { type: string }) => type),
      ['MoneyWithdrawn'],
    )

    const balances = await opened(page, '/api/queries/balances')
    await balances.getByPlaceholder('id', { exact: true }).fill('ACC-001')
    await balances.getByPlaceholder('Khata-After', { exact: true }).fill(receipt.body.token)
    const found = await executed(balances)
    assert.equal(found.status, '200')
    assert.equal(found.body.data.owner, 'Ayesha Rahman')

    assert.equal(await tooWide(page), 0)
    assertClean()
  })

  test(`on a ${screen} the first page says what is here and leads to each command`, async () => {
    const { page, assertClean } = await visit(url, screen)
    assert.match((await page.locator('h1').textContent()) ?? '', /Khata/)
    assert.equal(await tooWide(page), 0)
    const links = await Promise.all((await page.locator('a').all()).map((link) => link.getAttribute('href')))
    for (const link of new Set(links.map((each) => (each ?? '').replace(/#.*/, '')))) {
      const { status } = await fetch(`${url}/${link}`)
      assert.equal(status, 200, link)
    }
    for (const name of ['POST /api/commands/PlaceOrder', 'GET /api/queries/customer-history']) {
      await page.getByRole('link', { name, exact: true }).click()
      await page.locator('.opblock.is-open button.execute').waitFor()
      assert.equal(await page.locator('.opblock.is-open [data-path]').getAttribute('data-path'), name.replace(/^\S+ /, ''))
      await page.goto(url)
    }
    assertClean()
  })

  test(`on a ${screen} mails and web hooks of the demo can be read, and what they say stays text`, async () => {
    const person = { email: `${screen}@example.com`, password: 'correct horse', name: '<img src=x onerror=alert(1)>' }
    const headers = { 'content-type': 'application/json' }
    const { status } = await fetch(`${url}/signup`, { method: 'POST', headers, body: JSON.stringify(person) })
    assert.equal(status, 201)
    for (const path of ['/demo/mails', '/demo/crm']) {
      const { page, assertClean } = await visit(`${url}${path}`, screen)
      // The page looks again by itself until it has come.
      await page.locator('article', { hasText: person.email }).waitFor()
      assert.equal(await page.locator('img').count(), 0)
      assert.equal(await tooWide(page), 0)
      assertClean()
    }
  })
}
