/**
 * What `fanfare check` finds, and how it is told.
 *
 * @module
 */

export interface Finding {
  /** `error` makes the check fail; a `note` is told. */
  readonly level: 'error' | 'note'
  /** Stable: `SCHEMA_UNBOUNDED`, `OVER_BUDGET`. */
  readonly code: string
  /** As it was given: relative to where the command runs, if it was. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** The contract's pattern, where it is one contract's. */
  readonly topic?: string
  /** What is wrong, with the value seen. */
  readonly problem: string
  readonly remedy: string
}

/** `topics/x.ts:12  error  campaigns/{id}/total: problem` and the remedy below it. */
export function findingText({ level, code, file, line, topic, problem, remedy }: Finding): string {
  return `${file}:${line}: ${level}: ${topic === undefined ? '' : `${topic}: `}${problem} [${code}]\n    ${remedy}`
}

/** Errors first, then by file and line. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (a, b) =>
      Number(b.level === 'error') - Number(a.level === 'error') ||
      // By code units: the same order whatever the machine's language.
      Number(a.file > b.file) - Number(a.file < b.file) ||
      a.line - b.line,
  )
}
