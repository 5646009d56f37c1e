/** A browser that is cut off from every other host and remembers what went wrong in it. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumProgram } from '../../scripts/services/chromium.ts'

/** A page and what must not have happened in it. */
export interface WatchedPage {
  readonly page: Page
  /** Throws when there was an error, a refused resource, or a request to another host. */
  assertClean(): void
}

/** A script of the page itself. */
const tellRefusals = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('the policy refused ' + blockedURI + ' (' + violatedDirective + ')'))`

/** The sizes that pages are looked at in. */
export const screens = { desk: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } } as const

let launched: Promise<Browser> | null = null
after(async () => (await launched)?.close())

/** Opens a page of a server in a browser that has never been there. */
export async function visit(url: string, screen: keyof typeof screens = 'desk'): Promise<WatchedPage> {
  launched ??= chromium.launch({
    executablePath: chromiumProgram() ?? assert.fail('Chromium is not on this machine'),
    // As root, as in containers, there is no sandbox to be had; the pages are our own.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  })
  const context = await (await launched).newContext({ viewport: screens[screen] })
  // For machines that do much else.
  context.setDefaultTimeout(120_000)
  const page = await context.newPage()
  const wrong: string[] = []
  const { origin } = new URL(url)
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') wrong.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`thrown: ${error.message}`))
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== origin) wrong.push(`asked ${request.url()}`)
  })
  page.on('requestfailed', (request) => {
    // A page that is left ends what it was loading.
    if (request.failure()?.errorText !== 'net::ERR_ABORTED') wrong.push(`failed: ${request.url()}`)
  })
  await page.addInitScript(tellRefusals)
  const answer = await page.goto(url)
  assert.equal(answer?.status(), 200)
  return { page, assertClean: () => assert.deepEqual(wrong, []) }
}

/** How far a page is wider than its window: then it must be moved sideways to be read. */
export function tooWide(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}
