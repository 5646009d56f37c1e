import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root, withoutComments } from './sources.ts'

/** For each sub-path of the package the names it exports; types are marked. */
export function publicNames(): Record<string, readonly string[]> {
  const { exports } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'))
  const names: Record<string, readonly string[]> = {}
  for (const [subpath, target] of Object.entries<{ 'khata-source'?: string }>(exports)) {
    const source = target['khata-source']
    if (source) names[subpath] = namesOf(readFileSync(resolve(root, source), 'utf8'))
  }
  return names
}

/** The names that an index exports. It is written by hand: a star would let names out that nobody chose. */
function namesOf(text: string): readonly string[] {
  const program = withoutComments(text)
  if (/\bexport\s*\*/.test(program)) throw new Error('a public index exports by name, never by star')
  const listed = [...program.matchAll(/\bexport\s+(type\s+)?\{([^}]*)\}/g)].flatMap(([, type = '', list = '']) =>
    list
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean)
      .map((name) => `${type}${name}`.replace(/\S+ as /, '').replace(/\s+/g, ' ')),
  )
  const declared = [
    ...program.matchAll(/\bexport\s+(?:declare\s+)?(?:async\s+)?(const|function|class|interface|type)\s+(\w+)/g),
  ].map(([, keyword, name]) => (keyword === 'interface' || keyword === 'type' ? `type ${name}` : `${name}`))
  return [...listed, ...declared].sort()
}
