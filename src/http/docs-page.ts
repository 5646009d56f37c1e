/** The page of the API's description: Swagger UI from the package that is installed, so that it works without a network. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Styles and scripts come from this server only; the pictures in Swagger UI's style sheet are part of it. */
export const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const installed: { readonly [file: string]: string } = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

/** Answers are shown as schemas: an example for each status of each command would be pages of the same. */
const startScript = `window.addEventListener('load', () => {
  SwaggerUIBundle({
    url: './openapi.json',
    dom_id: '#docs',
    deepLinking: true,
    validatorUrl: null,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelRendering: 'model',
    defaultModelExpandDepth: 0,
    defaultModelsExpandDepth: 0,
  })
})
`

/** No route has links; and on a phone a table's columns stand below one another, and nothing is wider than the page. */
const ownStyle = `body { margin: 0 }
.swagger-ui .info { margin: 24px 0 }
.swagger-ui .opblock-body tr > .response-col_links { display: none }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 8px }
  .swagger-ui .opblock .opblock-summary { flex-wrap: wrap }
  .swagger-ui .opblock .opblock-summary-path { max-width: 60vw }
  .swagger-ui .opblock-body table, .swagger-ui .opblock-body tbody, .swagger-ui .opblock-body tr,
  .swagger-ui .opblock-body td { display: block; width: auto; min-width: 0; max-width: none }
  .swagger-ui table.responses-table tbody tr td { width: auto; min-width: 0; max-width: none }
  .swagger-ui .opblock-body thead { display: none }
  .swagger-ui .opblock-body table td { padding: 4px 0 }
  .swagger-ui .opblock-body input, .swagger-ui .opblock-body select, .swagger-ui .opblock-body textarea
    { box-sizing: border-box; width: 100%; min-width: 0; max-width: 100% }
  .swagger-ui .opblock .opblock-section-header { flex-wrap: wrap; gap: 12px }
  .swagger-ui .opblock .opblock-section-header .btn { margin: 0 8px 0 0 }
  .swagger-ui .highlight-code, .swagger-ui .curl-command { max-width: calc(100vw - 60px) }
  .swagger-ui .btn-group { padding: 16px }
}
`

/** Addresses are relative, so that a proxy may put the server under a path. */
export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Khata: the API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/page.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`

/** A file that the page loads; null when there is no such file. */
export async function docsFile(name: string): Promise<{ readonly type: string; readonly content: string | Buffer } | null> {
  if (name === 'start.js') return { type: 'text/javascript; charset=utf-8', content: startScript }
  if (name === 'page.css') return { type: 'text/css; charset=utf-8', content: ownStyle }
  const type = Object.hasOwn(installed, name) ? installed[name] : undefined
  return type ? { type, content: await readFile(join(folder(), name)) } : null
}

function folder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')
}
