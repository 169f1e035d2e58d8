import { parameterPattern } from '../../topics/contract/pattern.ts'
import { ProblemError, quoteValue } from '../platform/problem.ts'

/** A parameter of a path that goes into topics and keys. Throws ProblemError 400 for what no topic can have. */
export function readWord(text: string | undefined, name: string): string {
  if (text !== undefined && parameterPattern.test(text)) return text
  throw new ProblemError({
    status: 400,
    code: 'path-unfit',
    title: 'The path names nothing',
    detail: `${name} is ${quoteValue(text)}`,
    remedy: `use 1 to 64 letters, digits, _ and - as ${name}`,
  })
}
