/** SQL that this broker does not run: what and where, and what to write instead. */
export class SqlError extends Error {
  override readonly name = 'SqlError'
  readonly code = 'SQL'
  /** Of the character in the statement, from 1. */
  readonly position: number

  constructor(problem: string, sql: string, index: number) {
    const around = sql.slice(Math.max(0, index - 20), index + 20)
    super(`${problem}, at character ${index + 1}: …${around}…`)
    this.position = index + 1
  }
}
