/**
 * Stops an import on a Node that is too old with one clear line, before anything else of the package is evaluated.
 * Imported first by every public index; must import nothing itself.
 */
const needed = 24

if (Number.parseInt(process.versions.node, 10) < needed) {
  const error = new Error(`Khata needs Node ${needed} or later; this is ${process.version}`)
  // Where it was thrown helps nobody.
  error.stack = `Error: ${error.message}`
  // When nobody catches it, Node would show a piece of this file around the one line that matters.
  const tell = (thrown: unknown): void => {
    if (thrown !== error) throw thrown
    process.stderr.write(`${error.message}\n`)
    process.exit(3)
  }
  process.once('uncaughtException', tell)
  setImmediate(() => process.off('uncaughtException', tell))
  throw error
}
