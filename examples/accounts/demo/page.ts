import { createHash } from 'node:crypto'
import type { CaughtHook } from './crm-catcher.ts'
import type { CaughtMail } from './mail-catcher.ts'

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid #8886;padding:.5rem 0}h2{font-size:1.1rem;margin:.5rem 0}p{margin:.3rem 0}
h2,p{overflow-wrap:anywhere}pre{font:13px/1.4 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}`

/** What mails and web hooks say is foreign text: the page runs nothing and loads nothing. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** How a catcher is, for the line above what it caught. */
interface Weather {
  readonly down: boolean
  readonly delayMs: number
}

/** The mails that were caught, newest first. */
export function mailsPage(mails: readonly CaughtMail[], weather: Weather): string {
  const articles = mails.map(({ at, to, subject, source }) => article(subject, `to ${to}, ${at}`, source))
  return page('Mails', `The mail server ${stateOf(weather)}. Caught: ${mails.length}.`, articles)
}

/** The web hooks that were caught, newest first. */
export function hooksPage(hooks: readonly CaughtHook[], weather: Weather): string {
  const articles = hooks.map(({ at, id, message }) => article(`Web hook ${id}`, at, JSON.stringify(message, null, 2)))
  return page('Web hooks', `The CRM ${stateOf(weather)}. Caught: ${hooks.length}.`, articles)
}

function stateOf({ down, delayMs }: Weather): string {
  const speed = delayMs > 0 ? `, and takes ${delayMs} ms for each` : ''
  return down ? `is down: it refuses everything${speed}` : `is up${speed}`
}

function article(title: string, line: string, text: string): string {
  return `<article><h2>${escaped(title)}</h2><p>${escaped(line)}</p><pre>${escaped(text)}</pre></article>`
}

function page(title: string, state: string, articles: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
<p>${state} Newest first; this page looks again every 5 seconds.</p>
${articles.join('\n')}
</body>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
