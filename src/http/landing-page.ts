import { createHash } from 'node:crypto'
import type { Catalogue } from '../runtime/catalogue.ts'

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
code{font-family:ui-monospace,monospace}li{margin:.2rem 0;overflow-wrap:anywhere}ul{padding-left:1.4rem}`

/** The page loads nothing; its one style is known by its hash. */
export const landingPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const links: readonly (readonly [string, string])[] = [
  ['docs', 'the API, to read and to try'],
  ['openapi.json', 'its description for tools'],
  ['api/events', 'the log of events'],
  ['api/projections', 'how far the views are'],
  ['api/consumers', 'how far reactors and processes are'],
  ['api/dead-letters', 'events that could not be handled'],
  ['readyz', 'whether all is well'],
  ['metrics', 'samples for Prometheus'],
]

/** A page that says what is here. */
export function landingPage({ commands, queries, views }: Catalogue): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Khata</title>
<style>${style}</style>
</head>
<body>
<h1>Khata</h1>
<p>A business in which facts are kept instead of rows.</p>
<ul>${links.map(([address, what]) => `<li>${link(address, `/${address}`)}: ${what}</li>`).join('')}</ul>
<h2>Commands</h2>
<ul>${commands.map((entry) => item(docsAddress(entry.owner, entry.name), `POST /api/commands/${entry.name}`, entry)).join('')}</ul>
<h2>Queries</h2>
<ul>${views.map((entry) => item(`api/queries/${encodeURIComponent(entry.name)}`, `GET /api/queries/${entry.name}`, entry)).join('')}${queries.map((entry) => item(docsAddress('queries', `query.${entry.name}`), `GET /api/queries/${entry.name}`, entry)).join('')}</ul>
</body>
</html>
`
}

/** Where a command, or a query that needs parameters, can be read about and tried. */
function docsAddress(tag: string, operation: string): string {
  return `docs#/${encodeURIComponent(tag)}/${encodeURIComponent(operation)}`
}

function item(address: string, label: string, { description }: { readonly description: string | null }): string {
  return `<li>${link(address, label)}${said(description)}</li>`
}

function link(address: string, label: string): string {
  return `<a href="${escapeHtml(address)}"><code>${escapeHtml(label)}</code></a>`
}

/** Descriptions mark names as Markdown does. */
function said(description: string | null): string {
  return description ? `: ${escapeHtml(description).replace(/`([^`]+)`/g, '<code>$1</code>')}` : ''
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
