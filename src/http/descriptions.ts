import type { AnyApp } from '../runtime/app.ts'
import { docsFile, docsPage, docsPolicy } from './docs-page.ts'
import { landingPage, landingPolicy } from './landing-page.ts'
import { openApiDocument } from './openapi/document.ts'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

const html = 'text/html; charset=utf-8'

/** `/`, `/openapi.json` and `/docs`: what is here. */
export function descriptionRoutes(app: AnyApp): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      policy: 'public',
      answer: (_request, reply) =>
        reply.header('content-security-policy', landingPolicy).type(html).send(landingPage(app.catalogue)),
    },
    { method: 'GET', path: '/openapi.json', policy: 'public', answer: () => openApiDocument(app.catalogue) },
    {
      method: 'GET',
      path: '/docs',
      policy: 'public',
      answer: (_request, reply) => reply.header('content-security-policy', docsPolicy).type(html).send(docsPage),
    },
    {
      method: 'GET',
      path: '/docs/:file',
      policy: 'public',
      answer: async (request, reply) => {
        const { file } = request.params as { file: string }
        const found = await docsFile(file)
        if (!found) throw new Problem('unknown-route', 'There is no such file')
        return reply.header('cache-control', 'public, max-age=3600').type(found.type).send(found.content)
      },
    },
  ]
}
