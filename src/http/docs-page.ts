/** The page of the API's description: Swagger UI from the package that is installed, so that it works without a network. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Swagger UI puts styles on elements; scripts come from this server only. */
export const docsPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const installed: { readonly [file: string]: string } = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
}

const startScript = `window.addEventListener('load', () => {
  SwaggerUIBundle({ url: './openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null, tryItOutEnabled: true })
})
`

/** Addresses are relative, so that a proxy may put the server under a path. */
export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Khata: the API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
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
  const type = Object.hasOwn(installed, name) ? installed[name] : undefined
  return type ? { type, content: await readFile(join(folder(), name)) } : null
}

function folder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static')
}
