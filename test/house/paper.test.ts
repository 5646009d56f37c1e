/**
 * Documents that say what the code holds are held against it, in both directions.
 *
 * `ARCHITECTURE.md` has one code block with the info string `tree`: a folder per line, two spaces deeper than the folder
 * it is in, its name ending in `/`, then what it is for. Folders that stand side by side may share a line. All folders
 * down to the second level must be in it; deeper ones may.
 *
 * `docs/errors.md` has one heading per code of the error catalogue, the code in backticks: `## \`conflict\``.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { assertNone } from './assert-none.ts'
import { repositoryPaths, root } from './sources.ts'

function read(path: string): string {
  try {
    return readFileSync(resolve(root, path), 'utf8')
  } catch {
    assert.fail(`${path} is missing`)
  }
}

/** The folders that a tree in text names. */
function foldersInTree(tree: string): readonly string[] {
  const open: string[] = []
  return tree
    .split('\n')
    .filter((line) => /^\s*[\w@.-]+\//.test(line))
    .flatMap((line) => {
      const depth = (/^ */.exec(line)?.[0].length ?? 0) / 2
      const names = /^\s*((?:[\w@.-]+\/\s*)+)/.exec(line)?.[1]?.trim().split(/\s+/) ?? []
      const paths = names.map((name) => [...open.slice(0, depth), name.slice(0, -1)].join('/'))
      open.splice(depth, Infinity, names.at(-1)?.slice(0, -1) ?? '')
      return paths
    })
}

test('ARCHITECTURE.md lists the folders of the house', () => {
  const tree = /```tree\n([\s\S]*?)```/.exec(read('ARCHITECTURE.md'))?.[1]
  assert.ok(tree, 'ARCHITECTURE.md has no code block with the info string `tree`')
  const listed = foldersInTree(tree)
  const all = new Set(
    repositoryPaths().flatMap((path) => {
      const parts = path.split('/').slice(0, -1)
      return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
    }),
  )
  const missing = [...all].filter((folder) => folder.split('/').length <= 2 && !listed.includes(folder))
  const gone = listed.filter((folder) => !all.has(folder))
  assertNone([
    ...missing.sort().map((folder) => `${folder}/ is not in ARCHITECTURE.md`),
    ...gone.map((folder) => `${folder}/ is in ARCHITECTURE.md but not in the tree`),
  ])
})

test('docs/errors.md explains every code of the catalogue and no other', () => {
  const catalogue = /export interface ErrorDetails \{\n([\s\S]*?)\n\}/.exec(read('src/model/error.ts'))?.[1] ?? ''
  const codes = [...catalogue.matchAll(/^ {2}'?([a-z-]+)'?:/gm)].map(([, code = '']) => code)
  assert.ok(codes.length > 20, 'the catalogue could not be read')
  const explained = [...read('docs/errors.md').matchAll(/^#{2,4} `([^`]+)`/gm)].map(([, code = '']) => code)
  assertNone([
    ...codes.filter((code) => !explained.includes(code)).map((code) => `${code} is not in docs/errors.md`),
    ...explained.filter((code) => !codes.includes(code)).map((code) => `${code} is not in the catalogue`),
    ...explained.filter((code, index) => explained.indexOf(code) !== index).map((code) => `${code} is explained twice`),
  ])
})

test('links between documents lead somewhere', () => {
  const documents = repositoryPaths().filter((path) => path.endsWith('.md'))
  const all = new Set(repositoryPaths())
  const folders = new Set([...all].flatMap((path) => path.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))))
  const broken = documents.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!\w+:|#)([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => resolve('/', path, '..', target).slice(1).replace(/\/$/, ''))
      .filter((target) => !all.has(target) && !folders.has(target))
      .map((target) => `${path} links to ${target}`),
  )
  assertNone(broken)
})
