import { KhataError } from './error.ts'

/**
 * Refuses a definition.
 * @throws KhataError `definition`, always
 */
export function refuse(part: string, sentence: string): never {
  throw new KhataError('definition', `${part}: ${sentence}`, { part })
}

/** The kinds of parts that carry a name of their own. */
export type PartKind = 'aggregate' | 'boundary' | 'projection' | 'query' | 'reactor' | 'process' | 'schedule'

const partName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const codeName = /^[A-Za-z][A-Za-z0-9_]*$/
const storageName = /^[A-Za-z][A-Za-z0-9_.-]*$/

/**
 * A part's name is stored with its events or names its view's table, and is in the URL of the API.
 * @returns how messages name the part
 * @throws KhataError `definition` when the name is not kebab-case or longer than 60 characters
 */
export function checkName(kind: PartKind, name: string): string {
  const part = `${kind} '${name}'`
  if (typeof name !== 'string' || !partName.test(name) || name.length > 60 || isInherited(name)) {
    refuse(part, `the name must be kebab-case, begin with a letter and have at most 60 characters, like 'bank-account'.`)
  }
  return part
}

/** Refuses names of commands and events that cannot be used in code and in URLs. */
export function checkCodeName(part: string, kind: 'command' | 'event', name: string): void {
  if (!codeName.test(name) || name.length > 100 || isInherited(name)) {
    refuse(
      part,
      `the ${kind} name '${name}' must begin with a letter and hold only letters, digits and '_', like 'OrderPlaced'.`,
    )
  }
}

/** Refuses types that the store should not hold. */
export function checkStorageName(part: string, name: unknown): void {
  if (typeof name !== 'string' || !storageName.test(name) || name.length > 100 || isInherited(name)) {
    refuse(part, `the storage name '${name}' must begin with a letter and hold only letters, digits, '_', '-' and '.'.`)
  }
}

/** A name such as `constructor` would be found on every object. */
function isInherited(name: string): boolean {
  return name in Object.prototype
}

/** Refuses options that do not exist: a misspelt one would otherwise do nothing, in silence. */
export function checkKeys(part: string, options: object, known: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) refuse(part, `there is no option '${key}'; there are ${known.join(', ')}.`)
  }
}

/** Refuses an option that is not a function. */
export function checkFunction(part: string, what: string, value: unknown): void {
  if (typeof value !== 'function') refuse(part, `${what} must be a function.`)
}

/** Refuses an option that is not an object with entries by name. */
export function checkRecord(part: string, what: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(part, `${what} must be an object.`)
}

/** Refuses what is not a whole number of at least `least`, and at most `most`. */
export function checkWhole(part: string, what: string, value: unknown, least: number, most = Infinity): void {
  if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) {
    refuse(part, `${what} must be a whole number of at least ${least}${most === Infinity ? '' : ` and at most ${most}`}.`)
  }
}
