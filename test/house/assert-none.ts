import assert from 'node:assert/strict'

/** Fails with the list, one a line, when there is anything in it. */
export function assertNone(found: readonly string[]): void {
  if (found.length > 0) assert.fail(`found ${found.length}:\n${found.join('\n')}`)
}
