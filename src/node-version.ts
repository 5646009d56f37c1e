/**
 * Stops an import on a Node that is too old with one clear line, before anything else of the package is evaluated.
 * Imported first by every public index; must import nothing itself.
 */
const needed = 24

if (Number.parseInt(process.versions.node, 10) < needed) {
  const error = new Error(`Khata needs Node ${needed} or later; this is ${process.version}`)
  // Where it was thrown helps nobody.
  error.stack = `Error: ${error.message}`
  throw error
}
