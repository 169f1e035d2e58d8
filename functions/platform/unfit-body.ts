import * as v from 'valibot'
import { type FieldProblem, ProblemError, quoteValue } from './problem.ts'

/** Faults that an answer names. A small body may hold thousands, and its answer would be larger than Lambda takes. */
const namedMax = 20

/** 400: a body that its schema refuses, each field with the value seen and what is wrong with it. */
export function unfitBody(
  issues: readonly v.BaseIssue<unknown>[],
  about: { readonly code: string; readonly title: string; readonly remedy: string },
): ProblemError {
  const errors = issues.slice(0, namedMax).map((issue): FieldProblem => ({
    field: v.getDotPath(issue) ?? 'body',
    value: quoteValue(issue.input),
    problem: issue.message,
  }))
  const seen = errors.map(({ field, value, problem }) => `${field} is ${value} and ${problem}`)
  if (issues.length > namedMax) seen.push(`and ${issues.length - namedMax} more`)
  return new ProblemError({ ...about, status: 400, detail: seen.join('; '), errors })
}
