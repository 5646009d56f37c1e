import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root } from './sources.ts'

/** A fenced block of a document. */
export interface Block {
  /** `README.md:31` */
  readonly place: string
  readonly language: string
  readonly text: string
  /** The text between the block before and this one. */
  readonly before: string
}

/** The fenced blocks of a document in order. */
export function blocksOf(path: string): readonly Block[] {
  const document = readFileSync(resolve(root, path), 'utf8')
  let end = 0
  return [...document.matchAll(/^```(\w*).*\n([\s\S]*?)^```$/gm)].map((match) => {
    const [whole, language = '', text = ''] = match
    const before = document.slice(end, match.index)
    end = match.index + whole.length
    const line = document.slice(0, match.index).split('\n').length
    return { place: `${path}:${line}`, language, text, before }
  })
}

/** The commands of a shell block: a line each, or several that end in a backslash. */
export function commandsOf({ text }: Block): readonly string[] {
  return text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** The words in single backquotes outside of blocks. */
export function inlineCodeOf(path: string): readonly string[] {
  const document = readFileSync(resolve(root, path), 'utf8').replace(/^```[\s\S]*?^```$/gm, '')
  return [...document.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
}
