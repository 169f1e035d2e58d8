/** What is wrong in serverless.yml, where, and what to do about it. */
export class TemplateError extends Error {
  readonly code = 'TEMPLATE'
  readonly remedy: string
  /** 1 is the first line of the file; undefined when the fault has no place in it. */
  readonly line: number | undefined

  constructor(problem: string, remedy: string, line?: number) {
    super(`serverless.yml${line === undefined ? '' : ` line ${line}`}: ${problem}`)
    this.name = 'TemplateError'
    this.remedy = remedy
    this.line = line
  }
}
