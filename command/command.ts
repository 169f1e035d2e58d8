/**
 * What a command of `fanfare` is.
 *
 * @module
 */

export interface Command {
  /** All that `fanfare COMMAND --help` prints: usage, options with units and defaults, an example. */
  readonly help: string
  /**
   * Does the work. Answers the exit code: 0 for success, 1 for findings or a failure told to the person. Throws
   * UsageError for arguments that make no sense.
   */
  run(args: readonly string[]): Promise<number>
}

/** Arguments that make no sense: printed in one line with the way to the help, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}
