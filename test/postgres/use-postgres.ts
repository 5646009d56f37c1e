/** Preloaded: whoever imports the SQLite engine gets PostgreSQL. */
import { registerHooks } from 'node:module'

const instead = new URL('./sqlite-in-postgres.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) => {
    const found = next(specifier, context)
    return found.url.endsWith('/src/sqlite/index.ts') ? { ...found, url: instead } : found
  },
})
