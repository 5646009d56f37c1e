/** Something is wrong with what the importer was given: told in one line, without a stack. */
export class ImportProblem extends Error {
  override readonly name = 'ImportProblem'
}
